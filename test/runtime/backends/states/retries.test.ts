// A server that fails to start is tried again by a request, once the time of `Retry-After` has
// passed.

import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { TestHost } from '../../start-host.ts';
import { KINDS, moodOf, startMoody } from './moody-host.ts';

// Only the clock: servers start by real timers.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  return () => vi.useRealTimers();
});

const call = async ({ app }: TestHost) => {
  const answer = await app.inject({
    method: 'POST',
    url: '/moody/mcp',
    headers: { 'content-type': 'application/json' },
    payload: {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'echo', arguments: { text: 'hi' } },
    },
  });
  return { status: answer.statusCode, retryAfter: answer.headers['retry-after'], ...answer.json() };
};

const detail = async ({ app }: TestHost) =>
  (await app.inject({ url: '/readyz', headers: { host: 'localhost' } })).json().servers[0];

describe.each(KINDS)('$sdk, $instance', (kind) => {
  it('serves once its factory works again, and says before when to ask', async () => {
    const mood = await moodOf(kind.sdk);
    mood.failure = new Error('the database is down');
    const host = await startMoody(kind);
    expect(await call(host)).toMatchObject({
      status: 503,
      retryAfter: '1',
      error: { data: { reason: 'unavailable' } },
    });
    expect(await detail(host)).toMatchObject({
      status: 'unavailable',
      reason: 'factory-failed',
      tries: 1,
      retryInSeconds: 1,
    });
    mood.failure = undefined;
    // Too early: nothing is tried.
    const { builds } = mood;
    expect(await call(host)).toMatchObject({ status: 503 });
    expect(mood.builds).toBe(builds);
    vi.advanceTimersByTime(1_000);
    expect(await call(host)).toMatchObject({
      status: 200,
      result: { content: [{ text: 'hi' }] },
    });
    expect(await detail(host)).toMatchObject({ status: 'serving' });
    expect(host.logs).toContainEqual(expect.objectContaining({ msg: 'serving again', tries: 1 }));
  });
});

it('serves after its factory failed once, when it was called a second time', async () => {
  const mood = await moodOf('v1');
  mood.failsAt = 2;
  const host = await startMoody({ sdk: 'v1', instance: 'per-request' });
  expect(await detail(host)).toMatchObject({ reason: 'factory-works-once', tries: 1 });
  vi.advanceTimersByTime(1_000);
  expect(await call(host)).toMatchObject({ status: 200, result: { content: [{ text: 'hi' }] } });
});

it('tries once for many requests, and answers all of them', async () => {
  const mood = await moodOf('v1');
  mood.failure = new Error('not yet');
  const host = await startMoody({ sdk: 'v1', instance: 'shared' });
  mood.failure = undefined;
  const { builds } = mood;
  vi.advanceTimersByTime(1_000);
  const answers = await Promise.all(Array.from({ length: 20 }, () => call(host)));
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  expect(mood.builds).toBe(builds + 1);
});

it('waits twice as long after each failure, up to a minute', async () => {
  const mood = await moodOf('v1');
  mood.failure = new Error('still down');
  const host = await startMoody({ sdk: 'v1', instance: 'shared' });
  const waits: number[] = [];
  for (let tries = 1; tries <= 10; tries += 1) {
    const { retryAfter } = await call(host);
    waits.push(Number(retryAfter));
    vi.advanceTimersByTime(Number(retryAfter) * 1_000);
    await call(host);
  }
  // A fifth is left to chance: 0.5, 1, 2, 4, 8, 16, 32, 60 s at most.
  const atMost = [1, 1, 2, 4, 8, 16, 32, 60, 60, 60];
  waits.forEach((seconds, at) => {
    expect(seconds).toBeLessThanOrEqual(atMost[at] as number);
    expect(seconds).toBeGreaterThanOrEqual(Math.floor((atMost[at] as number) * 0.8));
  });
});

it('never tries again what cannot help, and says nothing of a time', async () => {
  const { startHost } = await import('../../start-host.ts');
  const host = await startHost({
    yaml: 'servers: { moody: { module: ./no-such-file.mjs, auth: anonymous } }',
  });
  vi.advanceTimersByTime(3_600_000);
  expect(await call(host)).toMatchObject({ status: 503, retryAfter: undefined });
  expect(await detail(host)).toMatchObject({ reason: 'module-not-found', tries: 1 });
  expect((await detail(host)).retryInSeconds).toBeUndefined();
});
