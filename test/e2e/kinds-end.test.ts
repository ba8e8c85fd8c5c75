// A host with a server of each kind is told to end: every call in flight is answered, and no process
// is left.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../eventually.ts';
import { callTool } from './call-tool.ts';
import { spawnHost } from './spawn-host.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/programs');
const files = {
  'program.mjs': readFileSync(join(FIXTURES, 'mcp.mjs'), 'utf8'),
  'listener.mjs': readFileSync(join(FIXTURES, 'listener.mjs'), 'utf8'),
};

const yaml = (upstream: string): string => `
defaults: { auth: anonymous }
servers:
  module: { module: ./thread-v1.mjs }
  thread: { module: ./thread-v1.mjs, isolation: thread }
  program: { command: node, args: [./program.mjs], instance: shared }
  listener: { command: node, args: [./listener.mjs, v1], url: "http://127.0.0.1:\${PORT}/mcp" }
  url: { url: "${upstream}" }
`;

/** The tool of each kind that answers late, with its arguments. */
const LATE = {
  module: ['echo', (text: string) => ({ text, delayMs: 4_000 })],
  thread: ['echo', (text: string) => ({ text, delayMs: 4_000 })],
  program: ['echo-later', (value: string) => ({ value, ms: 4_000 })],
  listener: ['echo-later', (value: string) => ({ value, ms: 4_000 })],
  url: ['echo', (text: string) => ({ text })],
} as const;

it('answers the calls in flight of servers of each kind, then ends with 0 and leaves no process', async () => {
  const upstream = await startUpstream();
  const host = await spawnHost({ yaml: yaml(upstream.url), files });
  const url = await host.url();
  const pids: number[] = [];
  for (const kind of ['program', 'listener']) {
    pids.push(Number((await callTool(`${url}/${kind}/mcp`, 'whoami')).text));
  }
  // Started before: what is told to end while it starts is another matter.
  await callTool(`${url}/thread/mcp`, 'echo', { text: 'x' });
  const kinds = Object.entries(LATE).flatMap((entry) => [entry, entry, entry]);
  const calls = kinds.map(([kind, [tool, args]]) =>
    callTool(`${url}/${kind}/mcp`, tool, args(kind)),
  );
  await eventually(async () => {
    const { servers } = (await (await fetch(`${url}/readyz`)).json()) as Ready;
    expect(servers.map(({ inFlight }) => inFlight)).toEqual([3, 3, 3, 3, 3]);
  });
  host.signal('SIGTERM');
  await host.waitForLog({ msg: 'draining' });
  upstream.answer();
  const answers = await Promise.all(calls);
  expect(answers.map(({ status, text }) => `${status} ${text}`)).toEqual(
    kinds.map(([kind]) => `200 ${kind}`),
  );
  expect(await host.exited).toEqual({ code: 0, signal: null });
  await eventually(() => {
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});

interface Ready {
  readonly servers: readonly { readonly inFlight: number }[];
}

/** A server of the 2025 era without sessions that answers its tool calls when it is told to. */
async function startUpstream(): Promise<{ url: string; answer: () => void }> {
  let answer = (): void => {};
  const released = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const results: Record<string, () => object | Promise<object>> = {
    initialize: () => ({
      protocolVersion: '2025-11-25',
      serverInfo: { name: 'late', version: '1' },
      capabilities: { tools: {} },
    }),
    'tools/list': () => ({ tools: [{ name: 'echo', inputSchema: { type: 'object' } }] }),
    'tools/call': async () => {
      await released;
      return { content: [{ type: 'text', text: 'url' }] };
    },
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { id, method } = JSON.parse(Buffer.concat(chunks).toString() || '{}');
    if (id === undefined) return void response.writeHead(202).end();
    const result = await results[method]?.();
    const error = { code: -32601, message: 'Method not found' };
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ jsonrpc: '2.0', id, ...(result ? { result } : { error }) }));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, answer };
}
