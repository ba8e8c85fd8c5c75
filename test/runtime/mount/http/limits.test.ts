// Limits per server: the rate limit counts
// callers that cannot be forged, the cap on concurrent calls concerns one server only, and what is
// refused says when to come back.

import { describe, expect, it } from 'vitest';
import type { Environment } from '../../../../config/env.ts';
import { post } from '../../post.ts';
import type { TestHost } from '../../start-host.ts';
import { modern } from './modern.ts';
import { call, JSON_HEADERS, PING, startMounts } from './mounts.ts';
import { openSocket, postBytes, type RawAnswer } from './raw-socket.ts';
import { expectNotReached, expectRefusal } from './refusal.ts';

const BEHIND_FUNCTIONS: Partial<Environment> = { behindFunctionsHost: true };

const limited = (auth: string, max = 2): string => `
servers:
  a: { module: ./kernel-v2.mjs, auth: ${auth}, rateLimit: { max: ${max}, windowSeconds: 60 } }
  b: { module: ./kernel-v2.mjs, auth: ${auth}, rateLimit: { max: ${max}, windowSeconds: 60 } }
  free: { module: ./kernel-v2.mjs, auth: ${auth} }
`;

/** Sends a ping for each set of headers (and target), and tells the statuses. */
async function statuses(
  { app }: TestHost,
  requests: readonly { headers?: Record<string, string | string[]>; url?: string }[],
): Promise<number[]> {
  const result: number[] = [];
  for (const { headers, url = '/a/mcp' } of requests) {
    const answer = await app.inject({
      method: 'POST',
      url,
      headers: { ...JSON_HEADERS, ...headers } as Record<string, string>,
      payload: JSON.stringify(PING),
    });
    result.push(answer.statusCode);
  }
  return result;
}

const key = (value: string) => ({ headers: { 'x-functions-key': value } });

/**
 * One key in a spelling of its own, by header and by query in turn; the name of the parameter
 * changes, too.
 */
function spelledKey(spelling: number): ReturnType<typeof key> | { url: string } {
  const text = mixedCase('abcde-fghij', spelling);
  return spelling % 2 === 0 ? key(text) : { url: `/a/mcp?${mixedCase('code', spelling)}=${text}` };
}

/** Upper case wherever the number has a bit. */
function mixedCase(text: string, bits: number): string {
  const letters = [...text];
  return letters.map((one, at) => ((bits >> at) & 1 ? one.toUpperCase() : one)).join('');
}

describe('the rate limit', () => {
  it('refuses with 429 and tells when to come back', async () => {
    const host = await startMounts({ yaml: limited('anonymous', 1) });
    await statuses(host, [{}]);
    const answer = await expectNotReached(() =>
      host.app.inject({
        method: 'POST',
        url: '/a/mcp',
        headers: JSON_HEADERS,
        payload: JSON.stringify(PING),
      }),
    );
    expectRefusal(answer, { status: 429, reason: 'rate-limited' });
    const retryAfter = Number(answer.headers['retry-after']);
    expect(retryAfter).toBeGreaterThan(50);
    expect(retryAfter).toBeLessThanOrEqual(60);
  });

  it('counts both spellings of the path together', async () => {
    const host = await startMounts({ yaml: limited('anonymous') });
    const spellings = ['/a/mcp', '/a/mcp/', '/a/mcp', '/a/mcp/'].map((url) => ({ url }));
    expect(await statuses(host, spellings)).toEqual([200, 200, 429, 429]);
  });

  it('concerns its own server only', async () => {
    const host = await startMounts({ yaml: limited('anonymous', 1) });
    const urls = ['/a/mcp', '/a/mcp', '/b/mcp', '/free/mcp', '/free/mcp'].map((url) => ({ url }));
    expect(await statuses(host, urls)).toEqual([200, 429, 200, 200, 200]);
  });

  it('does not count health, preflights and requests that are refused before', async () => {
    const host = await startMounts({ yaml: limited('anonymous', 1) });
    const { app } = host;
    for (let count = 0; count < 3; count += 1) {
      await app.inject({ url: '/' });
      await app.inject({
        method: 'OPTIONS',
        url: '/a/mcp',
        headers: { host: 'localhost', origin: 'http://localhost' },
      });
    }
    expect(
      await statuses(host, [
        { headers: { origin: 'https://evil.example' } },
        { headers: { 'content-type': 'text/plain' } },
        {},
      ]),
    ).toEqual([403, 415, 200]);
  });

  const CODE = '?code=';
  it.each<[string, string, Partial<Environment>, Parameters<typeof statuses>[1], number[]]>([
    [
      'anonymous callers together, whatever addresses they name',
      'anonymous',
      {},
      [
        { headers: { 'x-forwarded-for': '203.0.113.1:1001' } },
        { headers: { 'x-forwarded-for': '203.0.113.1:1002' } },
        { headers: { 'x-forwarded-for': '10.0.0.1, 203.0.113.2' } },
      ],
      [200, 200, 429],
    ],
    [
      'anonymous callers together, whatever else they name',
      'anonymous',
      BEHIND_FUNCTIONS,
      [
        { headers: { forwarded: 'for=1.1.1.1', 'client-ip': '1.1.1.1', 'x-real-ip': '1.1.1.1' } },
        { headers: { 'x-azure-clientip': '1.1.1.2', 'x-client-ip': '1.1.1.2' } },
        { headers: { authorization: 'Bearer other', cookie: 'a=b', 'mcp-session-id': 'x' } },
      ],
      [200, 200, 429],
    ],
    [
      'a principal that App Service did not name as nobody',
      'anonymous',
      BEHIND_FUNCTIONS,
      [
        { headers: { 'x-ms-client-principal-id': 'a' } },
        { headers: { 'x-ms-client-principal-id': 'b' } },
        { headers: { 'x-ms-client-principal-id': 'c' } },
      ],
      [200, 200, 429],
    ],
    [
      'principals apart where App Service names them',
      'anonymous',
      { ...BEHIND_FUNCTIONS, easyAuthEnabled: true },
      [
        { headers: { 'x-ms-client-principal-id': 'a' } },
        { headers: { 'x-ms-client-principal-id': 'a', 'x-forwarded-for': '1.1.1.1' } },
        { headers: { 'x-ms-client-principal-id': 'a' } },
        { headers: { 'x-ms-client-principal-id': 'b' } },
      ],
      [200, 200, 429, 200],
    ],
    [
      'function keys apart behind the Functions host',
      'function',
      BEHIND_FUNCTIONS,
      [
        key('one'),
        key('one'),
        key('one'),
        key('two'),
        { url: `/a/mcp${CODE}two` },
        { url: `/a/mcp/${CODE}two` },
        { url: `/a/mcp${CODE}three` },
      ],
      [200, 200, 429, 200, 200, 429, 200],
    ],
    [
      'function keys as nothing where nobody checked them',
      'function',
      {},
      [key('one'), key('two'), key('three')],
      [200, 200, 429],
    ],
    [
      'function keys as nothing on a server without them',
      'anonymous',
      BEHIND_FUNCTIONS,
      [key('one'), key('two'), key('three')],
      [200, 200, 429],
    ],
    [
      'only the key that was checked: the header before the query',
      'function',
      BEHIND_FUNCTIONS,
      [
        { ...key('one'), url: `/a/mcp${CODE}1` },
        { ...key('one'), url: `/a/mcp${CODE}2` },
        { ...key('one'), url: `/a/mcp${CODE}3` },
      ],
      [200, 200, 429],
    ],
    [
      'only the key that was checked: the first of several headers',
      'function',
      BEHIND_FUNCTIONS,
      [key('one, 1'), key('one,2'), key('one')],
      [200, 200, 429],
    ],
    [
      'only the key that was checked: the first code of the query',
      'function',
      BEHIND_FUNCTIONS,
      [
        { url: `/a/mcp${CODE}one&code=1` },
        { url: `/a/mcp${CODE}one&code=2` },
        { url: `/a/mcp?x=y&code=one&code=3` },
      ],
      [200, 200, 429],
    ],
    [
      'only the key that was checked: names in a query know no case',
      'function',
      BEHIND_FUNCTIONS,
      [
        { url: '/a/mcp?CODE=one&code=1' },
        { url: '/a/mcp?Code=one&code=2' },
        { url: '/a/mcp?%63ode=one&code=3' },
      ],
      [200, 200, 429],
    ],
    [
      'a key in 20 spellings as one caller: the Functions host takes any letter case',
      'function',
      BEHIND_FUNCTIONS,
      Array.from({ length: 20 }, (_, spelling) => spelledKey(spelling)),
      [200, 200, ...Array(18).fill(429)],
    ],
    [
      'callers without a key together',
      'function',
      BEHIND_FUNCTIONS,
      [{}, {}, {}, key('one')],
      [200, 200, 429, 200],
    ],
  ])('counts %s', async (_name, auth, environment, requests, expected) => {
    const host = await startMounts({ yaml: limited(auth), environment });
    expect(await statuses(host, requests)).toEqual(expected);
  });

  it('remembers at most 10,000 callers, so that keys cannot fill the memory', async () => {
    const host = await startMounts({ yaml: limited('function', 1), environment: BEHIND_FUNCTIONS });
    const { app } = host;
    const send = async (name: string): Promise<number> =>
      // An empty body is counted and costs least.
      (
        await app.inject({
          method: 'POST',
          url: '/a/mcp',
          headers: { ...JSON_HEADERS, ...key(name).headers },
        })
      ).statusCode;
    expect([await send('first'), await send('first')]).toEqual([400, 429]);
    for (let number = 0; number < 10_000; number += 1) {
      expect(await send(`key ${number}`)).toBe(400);
      if (number % 4_000 === 0) expect(await send('first')).toBe(429);
    }
    expect(await send('first')).toBe(429);
    expect(await send('key 0')).toBe(400); // Forgotten, and let in again.
  }, 60_000);
});

describe('the cap on concurrent calls', () => {
  const YAML = `
defaults: { auth: anonymous, timeoutMs: 60000 }
servers:
  capped: { module: ./kernel-v1.mjs, maxConcurrent: 3 }
  other: { module: ./kernel-v2.mjs }
`;

  it('refuses one more with 503 and Retry-After, leaves others alone, and opens again', async () => {
    const host = await startMounts({ yaml: YAML, listen: true });
    const controller = new AbortController();
    const capped = host.servers[0] as (typeof host.servers)[number];
    const running = Array.from({ length: 3 }, () =>
      fetch(`${host.url}/capped/mcp`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(call('wait-for-abort')),
        signal: controller.signal,
      }).catch(() => {}),
    );
    while (capped.inFlight.size < 3) await new Promise((resolve) => setImmediate(resolve));
    await expectNotReached(async () => {
      const refused = await post(`${host.url}/capped/mcp`, call('echo', { text: 'x' }));
      expectRefusal(refused, { status: 503, reason: 'overloaded' });
      expect(refused.headers['retry-after']).toBe('1');
    });
    const other = await post(`${host.url}/other/mcp`, call('echo', { text: 'x' }));
    expect(other.text).toBe('gamma:x');
    controller.abort();
    await Promise.all(running);
    while (capped.inFlight.size > 0) await new Promise((resolve) => setImmediate(resolve));
    const again = await post(`${host.url}/capped/mcp`, call('echo', { text: 'x' }));
    expect(again.text).toBe('alpha:x');
  });

  it('leaves listening clients out, which have a cap of their own', async () => {
    const server =
      '{ module: ./http-caller.mjs, export: createV2, auth: anonymous, instance: shared, subscriptions: true, maxConcurrent: 2 }';
    const host = await startMounts({ yaml: `servers: { s: ${server} }`, listen: true });
    const url = `${host.url}/s/mcp`;
    const { headers, body } = modern({
      method: 'subscriptions/listen',
      params: { notifications: { toolsListChanged: true } },
    });
    const listen = (): Promise<Response> => fetch(url, { method: 'POST', headers, body });
    const streams = await Promise.all(Array.from({ length: 100 }, listen));
    expect(streams.map(({ status }) => status)).toEqual(streams.map(() => 200));
    expect((await post(url, PING)).result).toEqual({});
    expectRefusal(await post(url, body, headers), { status: 503, reason: 'overloaded', id: 1 });
    expect((await post(url, PING)).result).toEqual({});
  });

  it('holds when many calls begin before one has arrived, with the id of each refused one', async () => {
    const host = await startMounts({ yaml: YAML, listen: true });
    const count = 12;
    const body = (id: number): string =>
      JSON.stringify(call('echo', { text: 'x', delayMs: 300 }, id + 10));
    const connections = Array.from({ length: count }, (_, id) => {
      const bytes = postBytes('/capped/mcp', body(id), ['Expect: 100-continue']);
      return openSocket(host.url, bytes.slice(0, -body(id).length));
    });
    await Promise.all(connections.map(({ answers }) => answers(1))); // 100: the head was let through.
    for (const [id, { socket }] of connections.entries()) socket.write(body(id));
    const answers = await Promise.all(
      connections.map(async ({ answers }) => (await answers(2))[1] as RawAnswer),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    for (const [id, answer] of answers.entries()) {
      if (answer.status !== 200) {
        expectRefusal(answer, { status: 503, reason: 'overloaded', id: id + 10 });
      }
    }
  });
});
