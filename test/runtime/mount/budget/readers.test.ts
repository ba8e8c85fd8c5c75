// Clients that read their answers drop by drop: what waits for them is bounded, they are ended by
// how little they read, and everybody else is served.

import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { key, modernHeaders, modernMessage } from '../../protocol/eras/modern.ts';
import { stopTime } from '../../protocol/questions/asking.ts';
import { startHost, type TestHost } from '../../start-host.ts';
import { call } from '../http/mounts.ts';
import { openSocket, postBytes, type RawConnection } from '../http/raw-socket.ts';
import { echo, held } from './callers.ts';

const LARGE = 8_388_608;
const WATCHED_MS = 70_000;

/** One server may hold 64 MiB. */
const host = (): Promise<TestHost> =>
  startHost({
    listen: true,
    yaml: `
host: { bufferedMb: 128 }
defaults: { auth: anonymous, maxConcurrent: 10, timeoutMs: 200000 }
servers:
  large: { module: ./kernel-v1.mjs, instance: shared }
  streams: { module: ../../runtime/mount/budget/chatty.mjs }
  other: { module: ./kernel-v2.mjs }
  long: { module: ../../runtime/mount/budget/chatty.mjs, maxResultBytes: 50000000 }
`,
  });

const LARGE_CALL = postBytes('/large/mcp', JSON.stringify(call('large', { bytes: LARGE })));

/** Asks for a large answer and takes no more of it than a few bytes now and then. */
function dripping({ url }: TestHost, request = LARGE_CALL): RawConnection {
  const connection = openSocket(url);
  connection.socket.pause();
  connection.socket.write(request);
  return connection;
}

const drip = ({ socket }: RawConnection): unknown => socket.read(64);

describe('readers that drip', () => {
  it('hold no more than their server may, and each is closed, while others are served', async () => {
    const running = await host();
    const advance = stopTime();
    const readers: RawConnection[] = [];
    for (let round = 0; round < 4; round += 1) {
      readers.push(...Array.from({ length: 6 }, () => dripping(running)));
      // So that it is looked at who reads.
      await eventually(async () => expect(running.servers[0]?.inFlight.size).toBe(0));
      await advance(3_000);
      for (const reader of readers) drip(reader);
      expect((await held(running)).heldBytes).toBeLessThanOrEqual(64 * 1_048_576);
      expect((await echo(`${running.url}/large/mcp`)).text).toBe('alpha:x');
      expect((await echo(`${running.url}/other/mcp`)).text).toBe('gamma:x');
    }
    for (let ms = 0; ms < WATCHED_MS; ms += 1_000) {
      for (const reader of readers) drip(reader);
      await advance(1_000);
    }
    await eventually(async () =>
      expect(await held(running)).toMatchObject({ heldBytes: 0, waiting: 0 }),
    );
    expect(running.logs).toContainEqual(
      expect.objectContaining({ server: 'large', reason: 'slow-reader', msg: 'answer not read' }),
    );
    for (const { socket, closed } of readers) {
      socket.resume();
      // Cut in the middle, or refused: its answer is never there in full.
      expect((await closedOrRefused(closed, socket)).every((size) => size < LARGE)).toBe(true);
    }
  });

  it('of an event stream are closed, too', async () => {
    const running = await host();
    const advance = stopTime();
    const params = { name: 'chatter', arguments: { megabytes: 12 } };
    const message = modernMessage('tools/call', params, { meta: { [key('logLevel')]: 'info' } });
    const lines = Object.entries(modernHeaders(message)).map(
      ([name, value]) => `${name}: ${value}`,
    );
    const accept = 'Accept: application/json, text/event-stream';
    const asLegacy = postBytes('/streams/mcp', JSON.stringify(call('chatter', { megabytes: 12 })), [
      accept,
    ]);
    const asModern = postBytes('/streams/mcp', JSON.stringify(message), [accept, ...lines]);
    const readers = [dripping(running, asLegacy), dripping(running, asModern)];
    await eventually(async () => expect((await held(running)).heldBytes).toBeGreaterThan(0));
    for (let ms = 0; ms < WATCHED_MS; ms += 1_000) {
      for (const reader of readers) drip(reader);
      await advance(1_000);
    }
    await eventually(async () => expect(await held(running)).toMatchObject({ heldBytes: 0 }));
    expect(running.logs.filter(({ outcome }) => outcome === 'slow-reader').length).toBe(2);
  });
});

describe('a client that reads nothing is logged as a slow reader', () => {
  const stream = 'Accept: application/json, text/event-stream';
  /** What 30 s without a byte come to. */
  const IDLE_MS = 1;

  /** Asks for a stream and reads nothing of it. @returns the end of its connection at the host. */
  async function silent(running: TestHost, path: string, tool: string, megabytes: number) {
    const message = JSON.stringify(call(tool, { megabytes, bytes: LARGE }));
    const opened = once(running.app.server, 'connection');
    dripping(running, postBytes(path, message, [stream]));
    const [peer] = (await opened) as [Socket];
    while (peer.writableLength === 0) await new Promise(setImmediate);
    return peer;
  }

  const outcomes = ({ logs }: TestHost, target: string) =>
    logs.filter((line) => line.target === target).map(({ outcome }) => outcome);

  it('while its call runs', async () => {
    const running = await host();
    const peer = await silent(running, '/streams/mcp', 'chatter', 60);
    peer.setTimeout(IDLE_MS);
    await once(peer, 'close');
    await eventually(() => expect(outcomes(running, 'chatter')).toEqual(['slow-reader']));
  });

  it('while its long answer is written', async () => {
    const running = await host();
    const { inFlight } = running.servers[3] as TestHost['servers'][number];
    const peer = await silent(running, '/long/mcp', 'flood', 40);
    expect(inFlight.size).toBe(1);
    peer.setTimeout(IDLE_MS);
    await once(peer, 'close');
    await eventually(() => expect(outcomes(running, 'flood')).toEqual(['slow-reader']));
  });

  it('once its answer is complete', async () => {
    const running = await host();
    const peer = await silent(running, '/large/mcp', 'large', 0);
    peer.setTimeout(IDLE_MS);
    await once(peer, 'close');
    expect(outcomes(running, 'large')).toEqual(['ok']);
    const line = { server: 'large', reason: 'slow-reader', msg: 'answer not read' };
    expect(running.logs).toContainEqual(expect.objectContaining(line));
  });
});

/** @returns lengths of the bodies that came. */
async function closedOrRefused(
  closed: RawConnection['closed'],
  socket: RawConnection['socket'],
): Promise<number[]> {
  socket.end();
  return (await closed()).map(({ body }) => body.length);
}

describe('a server that says more than an answer may have', () => {
  it.each([
    ['and waits for each message', 'chatter'],
    ['all in one turn', 'burst'],
  ])('%s reaches a client that reads', async (_name, tool) => {
    const running = await host();
    const answer = await fetch(`${running.url}/streams/mcp`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify(call(tool, { megabytes: 24 })),
    });
    const text = await answer.text();
    expect(text.length).toBeGreaterThan(24 * 1_000_000);
    expect(text.slice(-200)).toContain('said 24');
    expect(running.logs).toContainEqual(expect.objectContaining({ target: tool, outcome: 'ok' }));
  });

  it('waits for its client where it waits for each message', async () => {
    const running = await host();
    const reader = dripping(
      running,
      postBytes('/streams/mcp', JSON.stringify(call('chatter', { megabytes: 60 })), [
        'Accept: application/json, text/event-stream',
      ]),
    );
    await eventually(async () => expect((await held(running)).heldBytes).toBeGreaterThan(0));
    // Longer than the server would need to say everything.
    for (let count = 0; count < 5; count += 1) await echo(`${running.url}/streams/mcp`);
    expect((await held(running)).heldBytes).toBeLessThan(3 * 1_048_576);
    reader.socket.destroy();
    await eventually(async () => expect((await held(running)).heldBytes).toBe(0));
  });

  it('in one turn, and more than there is room for, ends its own call', async () => {
    const running = await host();
    const reader = dripping(
      running,
      postBytes('/streams/mcp', JSON.stringify(call('burst', { megabytes: 80 })), [
        'Accept: application/json, text/event-stream',
      ]),
    );
    await eventually(() =>
      expect(running.logs).toContainEqual(expect.objectContaining({ outcome: 'overloaded' })),
    );
    expect((await echo(`${running.url}/other/mcp`)).text).toBe('gamma:x');
    reader.socket.destroy();
    await eventually(async () => expect((await held(running)).heldBytes).toBe(0));
  });
});
