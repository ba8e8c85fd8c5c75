// Several requests on one connection whose answers wait for each other: what waits is counted and
// bounded, and nothing is held once the connection is gone.

import { expect, it } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { startHost, type TestHost } from '../../start-host.ts';
import { call } from '../http/mounts.ts';
import { openSocket, postBytes } from '../http/raw-socket.ts';
import { echo, held } from './callers.ts';

const host = (): Promise<TestHost> =>
  startHost({
    listen: true,
    yaml: `
host: { bufferedMb: 64 }
defaults: { auth: anonymous }
servers:
  large: { module: ./kernel-v1.mjs, instance: shared }
`,
  });

const postOf = (tool: string, args: object): string =>
  postBytes('/large/mcp', JSON.stringify(call(tool, args)));
const HELD_UP = postOf('wait-for-abort', {});

it.each([
  ['A large answer', 1_000_000, 1],
  ['Short answers', 900, 15],
])(
  '%s behind another one of its connection counts, and no longer than the client stays',
  async (_, bytes, count) => {
    const running = await host();
    const { socket } = openSocket(running.url, HELD_UP + postOf('large', { bytes }).repeat(count));
    await eventually(async () => {
      expect(running.servers[0]?.inFlight.size).toBe(1);
      expect((await held(running)).heldBytes).toBeGreaterThan(bytes * count);
    });
    socket.destroy();
    await eventually(async () => {
      expect(running.servers[0]?.inFlight.size).toBe(0);
      expect((await held(running)).heldBytes).toBe(0);
    });
  },
);

it('a client that sends more than 32 requests ahead is cut off, and others are served', async () => {
  const running = await host();
  const ahead = postOf('echo', { text: 'x' });
  const taken = openSocket(running.url, HELD_UP + ahead.repeat(32));
  await eventually(() =>
    expect(running.logs.filter(({ outcome }) => outcome === 'ok')).toHaveLength(32),
  );
  const refused = openSocket(running.url, HELD_UP + ahead.repeat(33));
  await refused.closed();
  expect(taken.socket.destroyed).toBe(false);
  expect((await echo(`${running.url}/large/mcp`)).text).toBe('alpha:x');
  await eventually(() => expect(running.servers[0]?.inFlight.size).toBe(1));
});
