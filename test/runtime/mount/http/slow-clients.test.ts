// Clients that take too long: whoever does not finish a request is
// answered with 408 and closed in time, and health answers throughout. These tests wait for real
// time-outs, all at once.

import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { call, PATH, PING, sharedMounts } from './mounts.ts';
import { openSocket, postBytes } from './raw-socket.ts';
import { expectNotReached, expectRefusal } from './refusal.ts';

const mounts = sharedMounts();

const BODY = JSON.stringify(PING);
const HEAD = `POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;
const START = postBytes(PATH, BODY);

/**
 * Bytes at once, bytes of which one follows every 250 ms, and the bound until the connection is
 * closed.
 */
const SLOW = [
  ['a silent socket', '', '', 10],
  ['half of the headers', HEAD.slice(0, 60), '', 10],
  ['headers, byte by byte', '', HEAD.padEnd(200, 'a'), 10],
  ['half a body', START.slice(0, -10), '', 15],
  ['a body, byte by byte', `${HEAD}Content-Length: 500\r\n\r\n`, '{'.padEnd(500), 15],
  ['half a chunk', `${HEAD}Transfer-Encoding: chunked\r\n\r\n10\r\n{"a"`, '', 15],
  ['half a second request', START + START.slice(0, 60), '', 10],
] as const;

describe('a client that does not finish its request', () => {
  it('is answered with 408 and closed within the bounds, while health answers', async () => {
    const { url } = mounts();
    const perKind = 4;
    const isOver = { value: false };
    const probing = probeHealth(url, isOver);
    await expectNotReached(() =>
      Promise.all(
        SLOW.flatMap((slow) => Array.from({ length: perKind }, () => expectTimeout(url, slow))),
      ),
    );
    isOver.value = true;
    const { slowestMs, count } = await probing;
    expect(count).toBeGreaterThan(20);
    expect(slowestMs).toBeLessThan(1_000);
  }, 40_000);
});

async function expectTimeout(
  url: string,
  [name, atOnce, byByte, boundSeconds]: (typeof SLOW)[number],
): Promise<void> {
  const startedAt = performance.now();
  const { socket, closed } = openSocket(url, atOnce);
  let at = 0;
  const trickle = setInterval(() => {
    if (at < byByte.length && socket.writable) socket.write(byByte[at++] as string);
  }, 250);
  const answers = await closed();
  clearInterval(trickle);
  const seconds = (performance.now() - startedAt) / 1_000;
  expect({ name, seconds }).toSatisfy(() => seconds > 3 && seconds < boundSeconds);
  expectRefusal(answers.at(-1) as never, { status: 408, reason: 'request-timeout' });
}

async function probeHealth(
  url: string,
  isOver: { readonly value: boolean },
): Promise<{ slowestMs: number; count: number }> {
  let slowestMs = 0;
  let count = 0;
  while (!isOver.value) {
    const startedAt = performance.now();
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    count += 1;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { slowestMs, count };
}

describe('a client that does not read its answer', () => {
  const large = (bytes: number): string =>
    postBytes('/v1-shared/mcp', JSON.stringify(call('large', { bytes })));

  it.each([
    ['first on its connection', ''],
    [
      'behind a slower one',
      postBytes(PATH, JSON.stringify(call('echo', { text: 'x', delayMs: 1_000 }))),
    ],
  ])('%s has 30 s without reading a byte, then the connection is cut', async (_name, before) => {
    const { app, url } = mounts();
    const { socket } = openSocket(url);
    const [peer] = (await once(app.server, 'connection')) as [Socket];
    socket.pause();
    const setTimeouts = vi.spyOn(peer, 'setTimeout');
    socket.write(before + large(10_000_000)); // More than the buffers of both sockets hold.
    while (peer.writableLength === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(setTimeouts.mock.lastCall?.[0]).toBe(30_000);
    const cut = once(peer, 'close');
    peer.setTimeout(1); // What 30 s without a byte come to.
    await cut;
  });

  it('is left alone once it reads, and keeps its connection for the next call', async () => {
    const { app, url } = mounts();
    const { answers, socket } = openSocket(url, large(1_000_000));
    const [peer] = (await once(app.server, 'connection')) as [Socket];
    expect((await answers(1))[0]?.body.length).toBeGreaterThan(1_000_000);
    expect(peer.timeout).toBeGreaterThan(60_000); // The limit of an idle connection again.
    socket.write(START);
    expect((await answers(2))[1]?.status).toBe(200);
  });
});
