// The weather server when no connection to the weather service comes about.

import dns from 'node:dns';
import { afterEach, expect, test, vi } from 'vitest';
import { startNwsFake } from '../nws-fake.ts';
import { connectWeather } from './connect.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

async function expectUnreachable(baseUrl: string): Promise<void> {
  const { call } = await connectWeather(baseUrl, {});

  const startedAt = performance.now();
  const result = await call('get-alerts', { state: 'CA' });
  const elapsedMs = performance.now() - startedAt;

  const text = 'Could not get the alerts of CA: the National Weather Service cannot be reached.';
  expect(result).toEqual({ isError: true, content: [{ type: 'text', text }] });
  expect(elapsedMs).toBeLessThan(1_000);
}

test('a refused connection is an error within a second', async () => {
  const gone = await startNwsFake();
  await gone.close();

  await expectUnreachable(gone.url);
});

test('a host name that does not resolve is an error within a second', async () => {
  const lookup = vi.spyOn(dns, 'lookup').mockImplementation(((
    host: string,
    _options: object,
    callback: (error: Error) => void,
  ) => {
    const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' });
    process.nextTick(callback, error);
  }) as unknown as typeof dns.lookup);

  await expectUnreachable('https://nws.invalid');

  expect(lookup).toHaveBeenCalledTimes(2);
});

test('a failed TLS handshake is an error within a second', async () => {
  const nws = await startNwsFake();

  await expectUnreachable(nws.url.replace('http:', 'https:'));

  expect(nws.arrivals).toHaveLength(0);
  await nws.close();
});
