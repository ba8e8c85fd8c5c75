// The weather server when the weather service fails in every way we know: each call ends in time,
// as an error that tells nothing of our insides, after a bounded number of requests.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  type Answer,
  gzipBomb,
  hang,
  json,
  type NwsFake,
  resetMidBody,
  startNwsFake,
  status,
  text,
  trickle,
} from '../nws-fake.ts';
import { alertFeature, alertsReply, pointReply } from '../nws-fixtures.ts';
import { connectWeather, textOf } from './connect.ts';

const BOSTON = { latitude: 42.36, longitude: -71.06 };
const SHORT_TIMEOUT_MS = 300;
const MAX_ELAPSED_MS = 1_000;
const LEAKS = /https?:|127\.0\.0\.1|169\.254|secret|undici|fetch|node:|\bat |\.ts|ECONN|ENOTFOUND/;

let nws: NwsFake;

beforeEach(async () => {
  nws = await startNwsFake();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await nws.close();
});

interface Fault {
  fault: string;
  answers: Answer[];
  says: string;
  requests: number;
}

const late = 'did not answer in time';
const unread = 'sent an answer that cannot be read';
const badAlerts = (features: unknown) => [json({ features })];

const faults: Fault[] = [
  { fault: 'hangs', answers: [hang], says: late, requests: 1 },
  { fault: 'trickles', answers: [trickle], says: late, requests: 1 },
  { fault: 'resets', answers: [resetMidBody], says: 'broke off its answer', requests: 2 },
  { fault: 'sends HTML', answers: [text('<html>')], says: unread, requests: 1 },
  { fault: 'sends nothing', answers: [text('')], says: unread, requests: 1 },
  { fault: 'sends other JSON', answers: [json({ ok: true })], says: unread, requests: 1 },
  { fault: 'sends null', answers: [json(null)], says: unread, requests: 1 },
  { fault: 'sends odd alerts', answers: badAlerts([{ properties: 1 }]), says: unread, requests: 1 },
  { fault: 'answers 500', answers: [status(500)], says: 'answered with status 500', requests: 2 },
  { fault: 'answers 503', answers: [status(503)], says: 'answered with status 503', requests: 2 },
  { fault: 'answers 429', answers: [status(429)], says: 'answered with status 429', requests: 2 },
  {
    fault: 'asks to wait a minute',
    answers: [status(429, { 'retry-after': '60' })],
    says: 'answered with status 429',
    requests: 1,
  },
  {
    fault: 'asks to wait until a date',
    answers: [status(503, { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' })],
    says: 'answered with status 503',
    requests: 1,
  },
  { fault: 'answers 403', answers: [status(403)], says: 'answered with status 403', requests: 1 },
  { fault: 'answers 400', answers: [status(400)], says: 'does not know this area', requests: 1 },
  {
    fault: 'fails, then hangs',
    answers: [status(500), hang],
    says: late,
    requests: 2,
  },
  {
    fault: 'redirects to an internal address',
    answers: [status(301, { location: 'http://169.254.169.254/latest/meta-data' })],
    says: 'answered with status 301',
    requests: 1,
  },
  {
    fault: 'sends a gzip bomb',
    answers: [gzipBomb],
    says: 'sent an answer that is too large',
    requests: 1,
  },
];

// Only what must run into the deadline has a short one, so that a busy machine cannot blur the
// reasons.
const limitsFor = ({ says }: Fault) => ({
  retryDelayMs: 1,
  timeoutMs: says === late ? SHORT_TIMEOUT_MS : 10_000,
});

test.each(faults)('get-alerts fails in time and says why when the service $fault', async (row) => {
  nws.when('/alerts/', ...row.answers);
  const { call } = await connectWeather(nws.url, limitsFor(row));

  const startedAt = performance.now();
  const result = await call('get-alerts', { state: 'CA' });
  const elapsedMs = performance.now() - startedAt;

  expect(result.isError).toBe(true);
  expect(textOf(result)).toBe(
    `Could not get the alerts of CA: the National Weather Service ${row.says}.`,
  );
  expect(result.structuredContent).toBeUndefined();
  expect(JSON.stringify(result)).not.toMatch(LEAKS);
  expect(elapsedMs).toBeLessThan(MAX_ELAPSED_MS);
  expect(nws.arrivals).toHaveLength(row.requests);
});

test.each(faults.filter((row) => row.fault !== 'answers 400'))(
  'get-forecast fails in time and says why when the forecast $fault',
  async (row) => {
    nws.when('/points/', json(pointReply(`${nws.url}/gridpoints/BOX/71,90/forecast`)));
    nws.when('/gridpoints/', ...row.answers);
    const { call } = await connectWeather(nws.url, limitsFor(row));

    const startedAt = performance.now();
    const result = await call('get-forecast', BOSTON);
    const elapsedMs = performance.now() - startedAt;

    expect(result.isError).toBe(true);
    expect(textOf(result)).toBe(
      `Could not get the forecast: the National Weather Service ${row.says}.`,
    );
    expect(JSON.stringify(result)).not.toMatch(LEAKS);
    expect(elapsedMs).toBeLessThan(MAX_ELAPSED_MS);
    expect(nws.arrivals).toHaveLength(1 + row.requests);
  },
);

test.each([
  { what: 'a failure', first: status(503) },
  { what: 'a short Retry-After', first: status(429, { 'retry-after': '0' }) },
  { what: 'a reset', first: resetMidBody },
])('a second answer that is good makes up for $what', async ({ first }) => {
  nws.when('/alerts/', first, json(alertsReply(alertFeature())));
  const { call } = await connectWeather(nws.url);

  const result = await call('get-alerts', { state: 'CA' });

  expect(result.structuredContent).toMatchObject({ total: 1 });
  expect(nws.arrivals).toHaveLength(2);
});

test('keeps to the status when the connection breaks after it', async () => {
  const broken = new Response(new ReadableStream({ start: (body) => body.error('secret') }), {
    status: 404,
  });
  vi.spyOn(globalThis, 'fetch').mockResolvedValue(broken);
  const { call } = await connectWeather(nws.url);

  const result = await call('get-alerts', { state: 'CA' });

  expect(textOf(result)).toContain('answered with status 404');
});

test('tells a failure that nobody foresaw in general words', async () => {
  vi.spyOn(globalThis, 'fetch').mockResolvedValue(null as never);
  const { call } = await connectWeather(nws.url);

  const result = await call('get-alerts', { state: 'CA' });

  expect(result.isError).toBe(true);
  expect(textOf(result)).toBe('Could not get the alerts of CA: an unexpected failure.');
});
