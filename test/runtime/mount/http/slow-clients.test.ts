// Clients that take too long: whoever does not finish a request is answered with 408 and closed in
// time, and health answers throughout. These tests wait for real time-outs, all at once.

import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { call, PATH, PING, sharedMounts } from './mounts.ts';
import { openSocket, postBytes, type RawConnection } from './raw-socket.ts';
import { expectNotReached, expectRefusal } from './refusal.ts';

const mounts = sharedMounts();

const BODY = JSON.stringify(PING);
const HEAD = `POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;
const START = postBytes(PATH, BODY);

const CLIENTS_OF_A_KIND = 200;
/** The backlog of a port is not longer on every system. */
const OPENED_AT_ONCE = 100;
const BYTE_INTERVAL_MS = 500;
/** The probe shares its thread with all of these clients. */
const HEALTH_WITHIN_MS = 3_000;

/** Bytes at once, bytes that follow one by one, and the seconds until the connection is closed. */
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
    const isOver = { value: false };
    const probing = probeHealth(url, isOver);
    await expectNotReached(async () => {
      const all = SLOW.flatMap((slow) => Array.from({ length: CLIENTS_OF_A_KIND }, () => slow));
      const ends: Promise<void>[] = [];
      while (ends.length < all.length) {
        const some = all
          .slice(ends.length, ends.length + OPENED_AT_ONCE)
          .map((slow) => ({ slow, ...openSlow(url, slow) }));
        ends.push(...some.map(({ ended, slow }) => ended.then((end) => expectTimeout(end, slow))));
        await Promise.all(some.map(({ connected }) => connected));
      }
      await Promise.all(ends);
    });
    isOver.value = true;
    const { slowestMs, count } = await probing;
    expect(count).toBeGreaterThan(20);
    expect(slowestMs).toBeLessThan(HEALTH_WITHIN_MS);
  }, 40_000);
});

interface SlowEnd {
  readonly seconds: number;
  readonly answers: Awaited<ReturnType<RawConnection['closed']>>;
}

function openSlow(url: string, [, atOnce, byByte]: (typeof SLOW)[number]) {
  const { socket, closed } = openSocket(url, atOnce);
  const connected = once(socket, 'connect');
  const end = async (): Promise<SlowEnd> => {
    await connected;
    const startedAt = performance.now();
    let at = 0;
    const trickle = setInterval(() => {
      if (at < byByte.length && socket.writable) socket.write(byByte[at++] as string);
    }, BYTE_INTERVAL_MS);
    const answers = await closed();
    clearInterval(trickle);
    return { seconds: (performance.now() - startedAt) / 1_000, answers };
  };
  return { connected, ended: end() };
}

function expectTimeout(
  { seconds, answers }: SlowEnd,
  [name, , , boundSeconds]: (typeof SLOW)[number],
): void {
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
