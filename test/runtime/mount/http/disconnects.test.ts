// Clients that leave at a bad moment: nothing is reached by half a request, nothing runs on for
// nobody, nothing breaks.

import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { turns, until } from '../../../turns.ts';
import { unhandledErrors } from '../../../unhandled-errors.ts';
import type { TestHost } from '../../start-host.ts';
import { call, MOUNTS, PATH, startMounts } from './mounts.ts';
import { openSocket, postBytes } from './raw-socket.ts';
import { expectNotReached, seenV1, seenV2 } from './refusal.ts';

const inFlight = ({ servers }: TestHost): number =>
  servers.reduce((sum, server) => sum + server.inFlight.size, 0);

describe('a client that leaves before its body is complete', () => {
  const START = postBytes(PATH, JSON.stringify(call('echo', { text: 'x'.repeat(1_000) })));

  it.each([
    ['by closing', (socket: Socket) => socket.destroy()],
    ['by a reset', (socket: Socket) => socket.resetAndDestroy()],
    ['by ending its half', (socket: Socket) => socket.end()],
  ])('%s reaches no server and leaves no line in the log', async (_name, leave) => {
    const errors = unhandledErrors();
    const host = await startMounts({ listen: true });
    await expectNotReached(async () => {
      for (const length of [10, START.length - 500, START.length - 1]) {
        const { socket } = openSocket(host.url);
        const [peer] = (await once(host.app.server, 'connection')) as [Socket];
        const reached = once(peer, 'data').catch(() => {});
        socket.write(START.slice(0, length));
        await Promise.race([reached, until(() => peer.bytesRead >= length)]);
        leave(socket);
        await until(() => peer.closed);
      }
    });
    expect(host.logs).toEqual([]);
    expect(inFlight(host)).toBe(0);
    expect(errors).toEqual([]);
  });
});

describe('a client that leaves while its call runs', () => {
  it.each(MOUNTS)('ends all calls that it had pipelined to %s', async (path, name) => {
    const errors = unhandledErrors();
    const host = await startMounts({ listen: true });
    const seen = name === 'alpha' || name === 'beta' ? seenV1 : seenV2;
    const before = seen.aborted;
    const bytes = postBytes(path, JSON.stringify(call('wait-for-abort')));
    const { socket } = openSocket(host.url, bytes.repeat(15));
    await until(() => inFlight(host) === 15);
    socket.destroy();
    await until(() => inFlight(host) === 0 && seen.aborted === before + 15);
    expect(errors).toEqual([]);
  });

  it('leaves nothing behind on the connection of a client that stays', async () => {
    const { app, url } = await startMounts({ listen: true });
    const { socket, answers } = openSocket(url);
    const [peer] = (await once(app.server, 'connection')) as [Socket];
    const bytes = postBytes(PATH, JSON.stringify(call('echo', { text: 'x' })));
    socket.write(bytes);
    await answers(1);
    const before = peer.listenerCount('close');
    for (let count = 2; count <= 20; count += 1) {
      socket.write(bytes);
      await answers(count);
    }
    expect(peer.listenerCount('close')).toBe(before);
  });
});

describe('a connection that is reset', () => {
  it('in the middle of an answer ends the call, and the process goes on', async () => {
    const errors = unhandledErrors();
    const host = await startMounts({ listen: true });
    for (const message of [
      call('large', { bytes: 9_000_000 }),
      call('progress', { text: 'x'.repeat(1_000), steps: 100_000 }),
    ]) {
      for (const path of ['/v1-shared/mcp', '/v1-fresh/mcp']) {
        const { socket } = openSocket(host.url, postBytes(path, JSON.stringify(message)));
        await once(socket, 'data');
        socket.resetAndDestroy();
      }
    }
    await until(() => inFlight(host) === 0);
    for (const [path, name] of MOUNTS) {
      const [answer] = await openSocket(
        host.url,
        postBytes(path, JSON.stringify(call('echo', { text: 'up' }))),
      ).answers(1);
      expect(answer?.body).toContain(`${name}:up`);
    }
    expect(host.logs.filter(({ level }) => level !== 'info')).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('exactly when the answer is written, 1,000 times, breaks nothing', async () => {
    const errors = unhandledErrors();
    const host = await startMounts({ listen: true });
    let sent = 0;
    const attempt = async (number: number): Promise<void> => {
      const [path] = MOUNTS[number % MOUNTS.length] as (typeof MOUNTS)[number];
      const tool = number % 3 === 0 ? 'progress' : 'echo';
      const message = call(tool, { text: 'x'.repeat(number % 2 === 0 ? 1 : 20_000), steps: 2 });
      const { socket } = openSocket(host.url, postBytes(path, JSON.stringify(message)));
      socket.once('data', () => (sent += 1));
      const moment = (number * 7_919) % 8;
      await Promise.race([
        once(socket, 'close'),
        moment === 7 ? once(socket, 'data') : turns(moment),
      ]);
      if (number % 2 === 0) socket.resetAndDestroy();
      else socket.destroy();
    };
    for (let number = 0; number < 1_000; number += 20) {
      await Promise.all(Array.from({ length: 20 }, (_, offset) => attempt(number + offset)));
    }
    await until(() => inFlight(host) === 0);
    expect(sent).toBeGreaterThan(100); // Some left before their answer, some after it.
    expect(sent).toBeLessThan(1_000);
    expect(host.logs.filter(({ level }) => level !== 'info')).toEqual([]);
    expect(errors).toEqual([]);
  }, 60_000);
});
