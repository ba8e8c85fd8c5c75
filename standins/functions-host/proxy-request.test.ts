// What the handler sees of a client's request. Runs against a real host too, when that serves
// test/functions-host/fixtures/app (FUNCTIONS_HOST_URL).

import { once } from 'node:events';
import { request as openRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, echo, openAnswer, send } from './fixtures/client.ts';
import { fixtureAppRoot, startFixture } from './fixtures/fixture-app.ts';
import { pairs } from './headers.ts';
import {
  type FunctionsHostUnderTest,
  functionsHostUnderTest,
  realFunctionsHostUrl,
} from './under-test.ts';

let host: FunctionsHostUnderTest;
beforeAll(async () => {
  host = await functionsHostUnderTest({ appRoot: fixtureAppRoot, drainTimeoutMs: 0 });
});
afterAll(() => host.stop());

async function handlerHeaders(url: string, headers: Record<string, string>) {
  const { rawHeaders } = await echo(url, '/echo', { headers });
  const received = pairs(rawHeaders).map(([name, value]) => [name.toLowerCase(), value] as const);
  const byName = new Map(received);
  // A client value that stays beside the host's own would hide in the map.
  expect(byName.size).toBe(received.length);
  return byName;
}

describe('request headers', () => {
  test.each([
    'Authorization',
    'Accept',
    'Origin',
    'Mcp-Session-Id',
    'MCP-Protocol-Version',
    'Mcp-Method',
    'Mcp-Name',
    'Last-Event-ID',
    'x-functions-key',
    'X-MS-CLIENT-PRINCIPAL',
    'X-MS-CLIENT-PRINCIPAL-ID',
    'X-MS-TOKEN-AAD-ACCESS-TOKEN',
    'User-Agent',
    'Cookie',
  ])('%s passes unchanged', async (name) => {
    const seen = await handlerHeaders(host.url, { [name]: 'client value' });
    expect(seen.get(name.toLowerCase())).toBe('client value');
  });

  test.each([
    'Keep-Alive',
    'Upgrade',
    'Proxy-Connection',
    'Proxy-Authenticate',
    'Proxy-Authentication-Info',
    'Proxy-Authorization',
    'Proxy-Features',
    'Proxy-Instruction',
    'Security-Scheme',
    'ALPN',
    'Close',
    'HTTP2-Settings',
    'Upgrade-Insecure-Requests',
    'TE',
    'Alt-Svc',
    'X-Forwarded-Prefix',
    'Forwarded',
  ])('%s is dropped', async (name) => {
    const seen = await handlerHeaders(host.url, { [name]: 'x', Connection: 'close' });
    expect(seen.has(name.toLowerCase())).toBe(false);
  });

  test('Host and X-Forwarded-* are those of the Functions host, whatever the client says', async () => {
    const seen = await handlerHeaders(host.url, {
      Host: 'evil.example',
      'X-Forwarded-For': '203.0.113.9',
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Proto': 'https',
    });
    expect(seen.get('host')).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(seen.get('host')).not.toBe(new URL(host.url).host);
    expect(seen.get('x-forwarded-for')).toBe('127.0.0.1');
    expect(seen.get('x-forwarded-host')).toBe('evil.example');
    expect(seen.get('x-forwarded-proto')).toBe('http');
  });

  test('the three invocation headers are set over the client values', async () => {
    const [first, second] = [
      await handlerHeaders(host.url, {
        'X-Azure-Functions-HostVersion': 'spoofed',
        'X-Azure-Functions-InvocationId': 'spoofed',
        'x-ms-invocation-id': 'spoofed',
      }),
      await handlerHeaders(host.url, {}),
    ];
    expect(first.get('x-azure-functions-hostversion')).toMatch(/^4\.\d+\.\d+/);
    expect(first.get('x-azure-functions-invocationid')).toMatch(/^[\da-f-]{36}$/);
    expect(first.get('x-ms-invocation-id')).toBe(first.get('x-azure-functions-invocationid'));
    expect(second.get('x-ms-invocation-id')).not.toBe(first.get('x-ms-invocation-id'));
  });

  test('no trace context is added without Application Insights', async () => {
    const seen = await handlerHeaders(host.url, { baggage: 'a=1' });
    expect(['traceparent', 'correlation-context'].filter((name) => seen.has(name))).toEqual([]);
  });
});

test.skipIf(realFunctionsHostUrl)(
  'with classic Application Insights an absent traceparent is injected, a present one unchanged, baggage copied',
  async () => {
    const environment = { APPLICATIONINSIGHTS_CONNECTION_STRING: 'InstrumentationKey=none' };
    const { url } = await startFixture({ environment });
    const absent = await handlerHeaders(url, { baggage: 'a=1' });
    expect(absent.get('traceparent')).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-00$/);
    expect(absent.get('correlation-context')).toBe('a=1');
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const present = await handlerHeaders(url, { traceparent, tracestate: 'v=1' });
    expect(present.get('traceparent')).toBe(traceparent);
    expect(present.get('tracestate')).toBe('v=1');
  },
);

describe('request bodies', () => {
  const upload = (path: string, headers: Record<string, string>) =>
    openRequest(host.url + path, { method: 'POST', headers, agent: false });

  test('with a declared length reach the handler only when they are complete', async () => {
    const request = upload('/bytes/declared', { 'Content-Length': '10' });
    const answered = once(request, 'response');
    request.write('12345');
    // Two round trips: had the first half been passed on, the handler would know by now.
    await ask(host.url, 'arrivals', '/bytes/declared');
    expect(await ask(host.url, 'arrivals', '/bytes/declared')).toBe(0);
    request.end('67890');
    const [answer] = await answered;
    expect((await answer.toArray()).join('')).toBe('10');
  });

  test('in chunks reach the handler while they are still being sent', async () => {
    const request = upload('/bytes/chunked', { 'Transfer-Encoding': 'chunked' });
    const answered = once(request, 'response');
    request.write('x'.repeat(4_096));
    await ask(host.url, 'body-byte', '/bytes/chunked');
    request.end('67890');
    const [answer] = await answered;
    expect((await answer.toArray()).join('')).toBe('4101');
  });

  test('in chunks below 4,096 bytes reach the handler only at their end', async () => {
    const request = upload('/bytes/small', { 'Transfer-Encoding': 'chunked' });
    const answered = once(request, 'response');
    request.write('12345');
    await ask(host.url, 'arrivals', '/bytes/small');
    expect(await ask(host.url, 'arrivals', '/bytes/small')).toBe(0);
    request.end('67890');
    const [answer] = await answered;
    expect((await answer.toArray()).join('')).toBe('10');
  });

  test('with `Expect: 100-continue` are asked for by the host, and the header is passed on', async () => {
    const headers = { Expect: '100-continue' };
    const { interim, body } = await send(host.url, '/echo', { method: 'POST', headers, body: 'x' });
    const received = JSON.parse(body.toString());
    expect(interim).toEqual([100]);
    expect(received.body).toBe('x');
    expect(received.rawHeaders).toContain('100-continue');
  });

  test('without a length are announced as empty', async () => {
    const { rawHeaders } = await echo(host.url, '/echo', { method: 'POST' });
    expect(new Map(pairs(rawHeaders)).get('Content-Length')).toBe('0');
  });
});

describe.skipIf(realFunctionsHostUrl)('the size limit of a body', () => {
  const environment = { FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '1000' };
  const headers = { Connection: 'keep-alive' };
  const emptyFailure = { status: 500, headers: { 'content-length': '0', connection: 'close' } };

  test('admits exactly the limit; one byte more is an empty 500 and a closed connection, not a 413', async () => {
    const { url } = await startFixture({ environment });
    const exact = { method: 'POST', headers, body: 'x'.repeat(1_000) };
    expect((await send(url, '/bytes/exact', exact)).body.toString()).toBe('1000');
    const over = { method: 'POST', headers, body: 'x'.repeat(1_001) };
    expect(await send(url, '/bytes/over', over)).toMatchObject(emptyFailure);
    expect(await ask(url, 'arrivals', '/bytes/over')).toBe(0);
    const chunked = { ...over, body: ['x'.repeat(600), 'x'.repeat(401)] };
    expect(await send(url, '/bytes/chunks', chunked)).toMatchObject(emptyFailure);
  });
});

describe('connections to the handler', () => {
  test('are as many as requests in parallel, and are used again', async () => {
    const gather = () =>
      Promise.all(Array.from({ length: 60 }, () => send(host.url, '/gather/60')));
    await gather();
    const during = Number(await ask(host.url, 'connections'));
    await gather();
    expect(during).toBeGreaterThanOrEqual(60);
    expect(await ask(host.url, 'connections')).toBe(during);
  });

  test('are closed when the client disconnects', async () => {
    const client = new AbortController();
    const hung = openAnswer(host.url, '/hang/left', { signal: client.signal });
    await ask(host.url, 'arrived', '/hang/left');
    client.abort();
    await expect(hung).rejects.toThrow('aborted');
    await ask(host.url, 'closed', '/hang/left');
    expect(await ask(host.url, 'arrivals', '/hang/left')).toBe(1);
  });

  // The last test: it leaves connections behind that are about to close.
  test('that the handler closes while they are idle cost no request', async () => {
    for (let round = 0; round < 40; round += 1) {
      expect((await send(host.url, '/answer-and-close')).status).toBe(200);
    }
  });
});
