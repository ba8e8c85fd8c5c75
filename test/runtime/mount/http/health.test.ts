// Liveness and readiness: cheap and open to every probe,
// detail for the operator on the machine only, and no way to change anything.

import { once } from 'node:events';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../../eventually.ts';
import type { TestHost } from '../../start-host.ts';
import { call, JSON_HEADERS, startMounts } from './mounts.ts';
import { openSocket, postBytes } from './raw-socket.ts';
import { CANARY, expectNotReached, expectRefusal } from './refusal.ts';

const GOOD = '{ module: ./kernel-v2.mjs, auth: anonymous }';
const BROKEN = '{ module: ./no-such-file.mjs, auth: anonymous }';
const NOTHING_HELD = { inFlight: 0, waiting: 0, heldBytes: 0, abandonedHandlers: 0 };
const YAML = `servers:\n  good: ${GOOD}\n  broken: ${BROKEN}\n`;

interface Ready {
  readonly status: number;
  readonly body: { status: string; servers?: { name: string }[] };
}

/** GET /readyz over a real connection. */
function readyz(
  host: TestHost,
  headers: Record<string, string> = {},
  url = host.url,
): Promise<Ready> {
  return new Promise((resolve, reject) => {
    request(`${url}/readyz`, { headers, agent: false }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) }));
    })
      .on('error', reject)
      .end();
  });
}

describe.each(['/', '/healthz', '/readyz'])('GET %s', (path) => {
  it('is open to any Host and Origin, with or without a query', async () => {
    const { url } = await startMounts({ yaml: YAML, listen: true });
    for (const lines of [
      'Host: evil.example',
      'Host: a\r\nHost: b',
      'X-No: Host',
      `Host: localhost\r\nOrigin: https://evil.example`,
      `Host: localhost\r\n${'a: b\r\n'.repeat(150)}a: b`,
    ]) {
      const bytes = `GET ${path}?${CANARY} HTTP/1.1\r\n${lines}\r\n\r\n`;
      const [answer] = await expectNotReached(() => openSocket(url, bytes).answers(1));
      expect(answer?.status).toBe(200);
      expect(JSON.stringify(answer)).not.toContain(CANARY);
      expect(answer?.headers).not.toHaveProperty('x-powered-by');
    }
  });

  it('is never limited, and counts as no call', async () => {
    const yaml =
      'servers: { s: { module: ./kernel-v2.mjs, auth: anonymous, rateLimit: { max: 1, windowSeconds: 60 }, maxConcurrent: 1 } }';
    const { app } = await startMounts({ yaml });
    for (let count = 0; count < 50; count += 1) {
      const answer = await app.inject({ url: path });
      expect(answer.statusCode).toBe(200);
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('x-ratelimit'))).toEqual(
        [],
      );
    }
  });

  it('answers HEAD, and changes nothing by another method', async () => {
    const { app, url } = await startMounts({ yaml: YAML, listen: true });
    expect((await fetch(url + path, { method: 'HEAD' })).status).toBe(200);
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'] as const) {
      const answer = await app.inject({
        method,
        url: path,
        headers: JSON_HEADERS,
        payload: `{"${CANARY}`,
      });
      expectRefusal(answer, { status: 404, reason: 'not-found' });
    }
  });
});

it('/healthz says only that the process lives, also while nothing is ready', async () => {
  const host = await startMounts({ yaml: `servers:\n  broken: ${BROKEN}\n`, load: false });
  expect((await host.app.inject({ url: '/healthz' })).json()).toEqual({ status: 'alive' });
  await host.load();
  expect((await host.app.inject({ url: '/healthz' })).json()).toEqual({ status: 'alive' });
});

describe('/readyz', () => {
  it('is 503 while servers load and 200 once one serves, naming the reason of the others', async () => {
    const host = await startMounts({ yaml: YAML, listen: true, load: false });
    const starting = await readyz(host);
    expect(starting).toMatchObject({ status: 503, body: { status: 'starting' } });
    await host.load();
    expect(await readyz(host)).toEqual({
      status: 200,
      body: {
        status: 'ready',
        lostLogLines: 0,
        waiting: 0,
        heldBytes: 0,
        mostHeldBytes: expect.any(Number),
        servers: [
          { name: 'good', path: '/good/mcp', status: 'serving', ...NOTHING_HELD },
          {
            name: 'broken',
            path: '/broken/mcp',
            status: 'unavailable',
            reason: 'module-not-found',
            tries: 1,
            ...NOTHING_HELD,
          },
        ],
      },
    });
  });

  it('is 503 when none serves', async () => {
    const host = await startMounts({ yaml: `servers:\n  broken: ${BROKEN}\n`, listen: true });
    expect(await readyz(host)).toMatchObject({ status: 503, body: { status: 'none-serving' } });
  });

  it('is 503 while the host drains, and mounts refuse new calls', async () => {
    const host = await startMounts({ yaml: YAML, listen: true });
    const body = JSON.stringify(call('wait-for-abort'));
    const waiting = openSocket(host.url, postBytes('/good/mcp', body));
    while (host.servers[0]?.inFlight.size === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    const next = openSocket(host.url);
    const [peer] = (await once(host.app.server, 'connection')) as [Socket];
    const probe = 'GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n';
    next.socket.write(probe);
    await next.answers(1);
    // Half a request keeps the connection from being closed as idle; its end comes when the drain
    // has begun.
    next.socket.write(probe.slice(0, -2));
    while (peer.bytesRead < 2 * probe.length - 2) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    const closing = host.close();
    next.socket.write(`\r\n${postBytes('/good/mcp', body)}`);
    const [, drained, refused] = await next.answers(3);
    expect(drained).toMatchObject({ status: 503 });
    expect(JSON.parse(drained?.body ?? '')).toMatchObject({ status: 'draining' });
    expectRefusal(refused as never, { status: 503, reason: 'draining', id: 1 });
    expect(refused?.headers).toMatchObject({ 'retry-after': '1', connection: 'close' });
    await closing;
    const [shutdown] = await waiting.closed();
    expectRefusal(shutdown as never, { status: 503, reason: 'shutdown', id: 1 });
  });

  it('is 503 for a while after the event loop was blocked for more than 1 s', async () => {
    const host = await startMounts({ yaml: YAML, listen: true });
    // Node does not measure what blocks the process before its meter has run for the first time.
    await eventually(async () => {
      const end = performance.now() + 1_200;
      while (performance.now() < end);
      expect(await readyz(host)).toMatchObject({ status: 503, body: { status: 'overloaded' } });
    });
  });

  it.each<[string, Record<string, string>]>([
    ['a forwarded request', { 'x-forwarded-for': '127.0.0.1' }],
    ['a forwarded request of nobody', { 'x-forwarded-for': '' }],
    ['a request of the Functions host', { 'x-azure-functions-invocationid': 'x' }],
    ['a web page that was led here by its own name', { host: 'evil.example' }],
  ])('gives no detail to %s', async (_name, headers) => {
    const host = await startMounts({ yaml: YAML, listen: true });
    expect(await readyz(host, headers)).toEqual({ status: 200, body: { status: 'ready' } });
  });

  it('gives detail to a probe on the machine, by any of its names', async () => {
    const host = await startMounts({ yaml: YAML, listen: true });
    for (const name of ['localhost', '127.0.0.1:3000', '[::1]']) {
      expect((await readyz(host, { host: name })).body.servers).toHaveLength(2);
    }
  });

  const address = Object.values(networkInterfaces())
    .flat()
    .find((entry) => entry?.family === 'IPv4' && !entry.internal)?.address;
  it.skipIf(!address)('gives no detail to another machine', async () => {
    const host = await startMounts({ yaml: YAML });
    const url = await host.app.listen({ host: '0.0.0.0', port: 0 });
    const other = url.replace(/\/\/[^:]+/, `//${address}`);
    expect((await readyz(host, { host: 'localhost' }, other)).body).toEqual({ status: 'ready' });
  });

  it('tells no path of the machine', async () => {
    const host = await startMounts({ yaml: YAML, listen: true });
    expect(JSON.stringify(await readyz(host))).not.toContain(import.meta.dirname.slice(0, 6));
  });
});
