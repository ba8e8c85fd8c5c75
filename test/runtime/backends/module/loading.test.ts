// While servers load: calls are held for their own server, and nobody waits for another one.

import { Agent } from 'node:http';
import { expect, it } from 'vitest';
import { callTool } from '../../../e2e/call-tool.ts';
import { freePort } from '../../../e2e/free-port.ts';
import { spawnHost } from '../../../e2e/spawn-host.ts';
import { eventually } from '../../../eventually.ts';

/** Loads when the tool `go-on` of the other server is called. */
const SLOW = `
import { createServer as build } from './fault-process.mjs';
console.log('slow is loading');
await new Promise((resolve) => { globalThis.goOn = resolve; });
export const createServer = build;
`;
const GO_ON = `
import { createServer as build } from './fault-process.mjs';
export const createServer = () => {
  const server = build();
  server.registerTool('go-on', {}, () => {
    globalThis.goOn();
    return { content: [{ type: 'text', text: 'ok' }] };
  });
  return server;
};
`;
const FILES = { 'slow.mjs': SLOW, 'go-on.mjs': GO_ON };

/** The port is known before the host says "listening", which it does when all have loaded. */
async function spawn(slowSettings = '') {
  const port = await freePort();
  const host = await spawnHost({
    env: { PORT: String(port) },
    files: FILES,
    yaml: `
defaults: { auth: anonymous }
servers:
  slow: { module: ./slow.mjs, instance: shared${slowSettings} }
  quick: { module: ./go-on.mjs, instance: shared }
`,
  });
  await host.waitForLog({ text: 'slow is loading' });
  const base = `http://127.0.0.1:${port}`;
  return { host, base, slow: `${base}/slow/mcp`, quick: `${base}/quick/mcp` };
}

it('holds calls for the server that loads, while the others are served', async () => {
  const { base, slow, quick } = await spawn();
  const held = Promise.all(['1', '2', '3'].map((text) => callTool(slow, 'echo', { text })));
  expect(await callTool(quick, 'echo', { text: 'x' })).toMatchObject({ status: 200, text: 'x' });
  // The calls come over connections of their own.
  await eventually(async () => {
    const starting = await fetch(`${base}/readyz`);
    expect(starting.status).toBe(503);
    expect(await starting.json()).toMatchObject({
      status: 'starting',
      servers: [
        { name: 'slow', status: 'starting', inFlight: 3 },
        { name: 'quick', status: 'serving' },
      ],
    });
  });
  await callTool(quick, 'go-on');
  expect((await held).map(({ text }) => text)).toEqual(['1', '2', '3']);
  const ready = await fetch(`${base}/readyz`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toMatchObject({ status: 'ready' });
});

it('never gives a held call to the server once its caller has left', async () => {
  const { host, base, slow, quick } = await spawn();
  const agent = new Agent();
  const left = callTool(slow, 'hold', { ms: 1 }, agent);
  const waiting = callTool(slow, 'echo', { text: 'x' });
  const inFlight = async (): Promise<number> => {
    const { servers } = (await (await fetch(`${base}/readyz`)).json()) as {
      servers: { inFlight: number }[];
    };
    return servers[0]?.inFlight ?? 0;
  };
  while ((await inFlight()) < 2);
  agent.destroy();
  await expect(left).rejects.toThrow();
  while ((await inFlight()) > 1);
  await callTool(quick, 'go-on');
  expect(await waiting).toMatchObject({ status: 200, text: 'x' });
  expect(host.logs.filter(({ held }) => held !== undefined)).toEqual([]);
});

it('answers a held call by its own deadline, and never gives it to the server then', async () => {
  const { host, slow, quick } = await spawn(', timeoutMs: 200');
  const answer = await callTool(slow, 'hold', { ms: 1 });
  expect(answer).toMatchObject({ status: 504, reason: 'deadline' });
  await callTool(quick, 'go-on');
  expect(await callTool(slow, 'echo', { text: 'x' })).toMatchObject({ status: 200, text: 'x' });
  expect(host.logs.filter(({ held }) => held !== undefined)).toEqual([]);
});

it('answers held calls with 503 when their server is unavailable', async () => {
  const { host, slow } = await spawn(', startTimeoutMs: 300');
  const answer = await callTool(slow, 'echo', { text: 'x' });
  expect(answer).toMatchObject({ status: 503, reason: 'unavailable' });
  await host.waitForLog({ msg: 'unavailable', reason: 'start-timeout' });
});

it('does not count against a server the time in which another one computes', async () => {
  const host = await spawnHost({
    files: {
      'computes.mjs': `
        const until = performance.now() + 2000;
        while (performance.now() < until);
        export { createServer } from './fault-process.mjs';
      `,
      'waits.mjs': `
        import { setTimeout } from 'node:timers/promises';
        await setTimeout(300);
        export { createServer } from './fault-process.mjs';
      `,
    },
    yaml: `
defaults: { auth: anonymous, startTimeoutMs: 1500 }
servers:
  computes: { module: ./computes.mjs }
  waits: { module: ./waits.mjs }
`,
  });
  const url = await host.url();
  for (const name of ['computes', 'waits']) {
    const answer = await callTool(`${url}/${name}/mcp`, 'echo', { text: 'x' });
    expect(answer).toMatchObject({ status: 200, text: 'x' });
  }
});

it('closes the server that comes after its start limit', async () => {
  const host = await spawnHost({
    files: {
      'late.mjs': `
        import { createServer as build } from './fault-process.mjs';
        export async function createServer() {
          await new Promise((resolve) => { globalThis.goOn = resolve; });
          return { server: build(), cleanup: () => console.log('cleaned up') };
        }
      `,
      'go-on.mjs': GO_ON,
    },
    yaml: `
defaults: { auth: anonymous, instance: shared }
servers:
  late: { module: ./late.mjs, startTimeoutMs: 300 }
  quick: { module: ./go-on.mjs }
`,
  });
  const url = await host.url();
  expect(host.logs).not.toContainEqual({ text: 'cleaned up' });
  await callTool(`${url}/quick/mcp`, 'go-on');
  await host.waitForLog({ text: 'cleaned up' });
});

it.each([
  ['lists its tools too late', '() => new Promise(() => {})'],
  ['cannot list its tools', "() => { throw new Error('no list'); }"],
])('closes a server that %s', async (_, listTools) => {
  const host = await spawnHost({
    files: {
      'bad.mjs': `
        import { Server } from '@modelcontextprotocol/sdk/server/index.js';
        import { ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
        export function createServer() {
          const server = new Server({ name: 'bad', version: '1' }, { capabilities: { tools: {} } });
          server.setRequestHandler(ListToolsRequestSchema, ${listTools});
          server.onclose = () => console.log('closed');
          return server;
        }
      `,
    },
    yaml: 'servers: { bad: { module: ./bad.mjs, startTimeoutMs: 2000 } }',
  });
  await host.waitForLog({ text: 'closed' });
});
