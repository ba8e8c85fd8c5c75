// Connections that clients keep and do not use: they cost the others nothing, and end.

import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { post } from '../../post.ts';
import { PATH, PING, startMounts } from './mounts.ts';
import { openSocket, postBytes, type RawConnection } from './raw-socket.ts';

const CONNECTIONS = 1_000;
/** Connections that are opened at once: the backlog of a port is not longer on every system. */
const AT_ONCE = 100;
const REQUEST = postBytes(PATH, JSON.stringify(PING));

/** @param bytes that each of them sends before it falls silent. */
async function openMany(url: string, bytes: string): Promise<RawConnection[]> {
  const all: RawConnection[] = [];
  while (all.length < CONNECTIONS) {
    const some = Array.from({ length: AT_ONCE }, () => openSocket(url, bytes));
    await Promise.all(
      some.map(({ socket, answers }) => (bytes ? answers(1) : once(socket, 'connect'))),
    );
    all.push(...some);
  }
  return all;
}

describe('1,000 connections that are kept after a call', () => {
  it('cost other callers nothing, serve their next call, and are closed when they stay idle', async () => {
    const { app, url } = await startMounts({ listen: true });
    expect(app.server.keepAliveTimeout).toBe(72_000);
    const connections = await openMany(url, REQUEST);
    expect(connections.filter(({ socket }) => socket.closed)).toEqual([]);
    for (let count = 0; count < 20; count += 1) {
      expect((await post(`${url}${PATH}`, PING)).status).toBe(200);
    }
    // What 72 s come to: from the next answer on.
    app.server.keepAliveTimeout = 1;
    for (const { socket } of connections) socket.write(REQUEST);
    const answers = await Promise.all(connections.map(({ closed }) => closed()));
    expect(answers.map((each) => each.map(({ status }) => status))).toEqual(
      connections.map(() => [200, 200]),
    );
  }, 60_000);
});

describe('1,000 connections over which nothing is sent', () => {
  it('cost other callers nothing, and are closed by the limit for headers', async () => {
    const { url } = await startMounts({ listen: true });
    const connections = await openMany(url, '');
    for (let count = 0; count < 20; count += 1) {
      expect((await post(`${url}${PATH}`, PING)).status).toBe(200);
    }
    await Promise.all(connections.map(({ closed }) => closed()));
    expect((await post(`${url}${PATH}`, PING)).status).toBe(200);
  }, 60_000);
});
