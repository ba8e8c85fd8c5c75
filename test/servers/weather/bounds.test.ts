// What bounds a call of the weather server: its deadline, the caller's patience, the size of a
// reply.

import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { withDeadline } from '../../../servers/weather/upstream.ts';
import {
  hang,
  json,
  type NwsFake,
  startNwsFake,
  status,
  tenGigabytes,
  text,
  trickle,
} from '../nws-fake.ts';
import { alertFeature, alertsReply } from '../nws-fixtures.ts';
import { connectWeather, textOf } from './connect.ts';

const BOSTON = { latitude: 42.36, longitude: -71.06 };
const MINUTE_MS = 60_000;

let nws: NwsFake;

beforeEach(async () => {
  nws = await startNwsFake();
});

afterEach(async () => {
  vi.useRealTimers();
  await nws.close();
});

test('stops taking a 10 GB answer at the body cap and closes the connection', async () => {
  const { answer, sentBytes } = tenGigabytes();
  nws.when('/alerts/', answer);
  const maxBodyBytes = 256 * 1024;
  const { call } = await connectWeather(nws.url, { maxBodyBytes, timeoutMs: 5_000 });
  const arrival = nws.nextArrival();

  const result = await call('get-alerts', { state: 'CA' });
  await (await arrival).closed;

  expect(textOf(result)).toContain('sent an answer that is too large');
  // What the kernel's socket buffers hold on loopback was sent too, though never read.
  expect(sentBytes()).toBeLessThan(maxBodyBytes + 16 * 1024 ** 2);
  expect(nws.arrivals).toHaveLength(1);
});

test('accepts an answer of exactly the body cap and refuses one byte more', async () => {
  const body = JSON.stringify(alertsReply(alertFeature()));
  nws.when('/alerts/', text(body));
  const exact = await connectWeather(nws.url, { maxBodyBytes: body.length });
  const short = await connectWeather(nws.url, { maxBodyBytes: body.length - 1 });

  expect(await exact.call('get-alerts', { state: 'CA' })).toHaveProperty('structuredContent');
  expect(await short.call('get-alerts', { state: 'CA' })).toHaveProperty('isError', true);
});

test.each([
  { tool: 'get-alerts', args: { state: 'CA' }, path: '/alerts/', answer: hang },
  { tool: 'get-alerts', args: { state: 'CA' }, path: '/alerts/', answer: trickle },
  { tool: 'get-forecast', args: BOSTON, path: '/points/', answer: hang },
])('a cancelled $tool call closes the upstream connection within 100 ms', async (row) => {
  nws.when(row.path, row.answer);
  const { call } = await connectWeather(nws.url, { timeoutMs: 20_000 });
  const caller = new AbortController();
  const arrival = nws.nextArrival();
  const result = call(row.tool, row.args, caller.signal);
  const { closed } = await arrival;

  const abortedAt = performance.now();
  caller.abort();
  await expect(result).rejects.toThrow();
  await closed;

  expect(performance.now() - abortedAt).toBeLessThan(100);
  expect(nws.arrivals).toHaveLength(1);
});

test('gives up after 10 seconds unless told otherwise, and closes the connection', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  nws.when('/alerts/', hang);
  const { call } = await connectWeather(nws.url, {});
  const arrival = nws.nextArrival();
  const result = call('get-alerts', { state: 'CA' });
  const { closed } = await arrival;
  let isDone = false;
  void result.then(() => {
    isDone = true;
  });

  await vi.advanceTimersByTimeAsync(9_999);
  expect(isDone).toBe(false);
  await vi.advanceTimersByTimeAsync(1);

  expect(textOf(await result)).toContain('did not answer in time');
  await closed;
});

test('leaves no timer behind after an answer', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  nws.when('/alerts/', json(alertsReply()));
  const { call } = await connectWeather(nws.url);

  await call('get-alerts', { state: 'CA' });

  expect(vi.getTimerCount()).toBe(0);
});

test('the deadline also ends the pause before a retry', async () => {
  nws.when('/alerts/', status(500));
  const { call } = await connectWeather(nws.url, {
    timeoutMs: 300,
    retryDelayMs: 3_600_000,
  });

  const result = await call('get-alerts', { state: 'CA' });

  expect(textOf(result)).toContain('did not answer in time');
  expect(nws.arrivals).toHaveLength(1);
});

test('a call that is cancelled before it begins starts with a signal that has fired', async () => {
  const begun = withDeadline(MINUTE_MS, AbortSignal.abort(), async (signal) => {
    signal.throwIfAborted();
  });

  await expect(begun).rejects.toThrow('was not waited for: the call was cancelled');
});

test.each([
  { end: 'an answer', work: async () => 'answer' },
  { end: 'a failure', work: () => Promise.reject(new Error('failure')) },
])('no listener stays on the signal of the caller after $end', async ({ work }) => {
  const { signal } = new AbortController();

  await Promise.allSettled([withDeadline(MINUTE_MS, signal, work)]);

  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});
