// A heap of 256 MB under callers that make the host hold all they can: it lives, and callers of
// another server are all answered.

import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { modernHeaders, modernMessage } from '../runtime/protocol/eras/modern.ts';
import { spawnHost } from './spawn-host.ts';

const YAML = `
defaults: { auth: anonymous }
servers:
  asking: { module: ./questions-v1.mjs, instance: shared }
  large: { module: ./kernel-v1.mjs, instance: shared }
  other: { module: ./kernel-v2.mjs, instance: shared }
`;
const LOAD_MS = 20_000;
/** Memory is what is tested, not how much one core can parse. */
const PAUSE_MS = 15_000;
const ARGUMENT = 'x'.repeat(3_900_000);
const RESULT_BYTES = 10_000_000;

const HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};

const bodyOf = (name: string, args: object): string =>
  JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name, arguments: args },
  });

const PARKED = modernMessage(
  'tools/call',
  { name: 'form', arguments: { pay: ARGUMENT } },
  { capabilities: { elicitation: { form: {} } } },
);
const PARKED_BODY = JSON.stringify(PARKED);
const PARKED_HEADERS = { ...HEADERS, ...modernHeaders(PARKED) };

/** A request of which nothing but a drop of the answer is read, or of which half is sent. */
function onSocket(url: string, path: string, length: number, body: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket: Socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => {});
  socket.pause();
  const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
  socket.write(head + body);
  const drip = setInterval(() => socket.read(64), 100);
  return new Promise((resolve) => {
    const end = setTimeout(() => socket.destroy(), 5_000);
    socket.once('close', () => {
      clearInterval(drip);
      clearTimeout(end);
      resolve();
    });
  });
}

it('lives through parked calls, dripping readers, half bodies and large results with a heap of 256 MB', async () => {
  const host = await spawnHost({ yaml: YAML, nodeArguments: ['--max-old-space-size=256'] });
  const url = await host.url();
  const large = bodyOf('large', { bytes: RESULT_BYTES });
  const post = async (path: string, body: string, headers: Record<string, string> = HEADERS) => {
    const answer = await fetch(url + path, { method: 'POST', headers, body });
    await answer.arrayBuffer();
    return answer.status;
  };
  const statuses = { parked: new Map<number, number>(), large: new Map<number, number>() };
  const count = (of: Map<number, number>, status: number) =>
    of.set(status, (of.get(status) ?? 0) + 1);
  const hostile = [
    async () => count(statuses.parked, await post('/asking/mcp', PARKED_BODY, PARKED_HEADERS)),
    () => onSocket(url, '/large/mcp', large.length, large),
    () => onSocket(url, '/asking/mcp', PARKED_BODY.length, PARKED_BODY.slice(0, 2_000_000)),
    async () => count(statuses.large, await post('/large/mcp', large)),
  ];
  let isOver = false;
  onTestFinished(() => {
    isOver = true;
  });
  Array.from({ length: 100 }, async (_, caller) => {
    const attack = hostile[caller % hostile.length] as () => Promise<unknown>;
    await pause((PAUSE_MS * caller) / 100);
    while (!isOver) {
      // A connection that is refused early may be reset.
      await attack().catch(() => {});
      await pause(PAUSE_MS);
    }
  });
  const good: number[] = [];
  const until = performance.now() + LOAD_MS;
  while (performance.now() < until) {
    good.push(await post('/other/mcp', bodyOf('echo', { text: 'x' })));
    await pause(20);
  }
  isOver = true;
  expect(good.length).toBeGreaterThan(5);
  expect(good.filter((status) => status !== 200)).toEqual([]);
  // The load was held in part, and refused in part.
  expect(statuses.parked.get(200)).toBeGreaterThan(5);
  expect(statuses.large.get(200)).toBeGreaterThan(0);
  expect(await post('/asking/mcp', bodyOf('capabilities', {}))).toBe(200);
}, 90_000);
