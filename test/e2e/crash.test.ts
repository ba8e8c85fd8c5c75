// What one server does to the process reaches no other server, and what nobody can undo ends the
// process in order.

import { Agent } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callTool } from './call-tool.ts';
import { freePort } from './free-port.ts';
import {
  type HostProcess,
  type LogLine,
  type SpawnOptions,
  spawnHost,
  startHostProcess,
} from './spawn-host.ts';

const YAML = `
defaults: { auth: anonymous }
servers:
  bad: { module: ./bad/index.mjs, instance: shared }
  good: { module: ./fault-process.mjs }
`;

/**
 * The listeners with which published servers end "their" process, as they are registered on import.
 */
const ENDS_ITSELF = `
process.on('uncaughtException', (error) => { console.error(error); process.exit(1); });
process.on('unhandledRejection', (error) => { console.error(error); process.exit(1); });
process.on('SIGTERM', async () => { process.exit(0); });
process.on('SIGINT', () => process.exit(0));
process.on('exit', () => process.exit(0));
`;

/**
 * The class of an old and much copied template: each server closes itself when the process is told
 * to end.
 */
const CLOSES_ITSELF = `
import { createServer as create } from '../fault-process.mjs';
export function createServer() {
  const server = create();
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, async () => {
      await server.close();
      process.exit(0);
    });
  }
  return server;
}
`;

const options = (prologue: string): SpawnOptions => ({
  yaml: YAML,
  files: {
    'bad/index.mjs': `${prologue}\nexport { createServer } from '../fault-process.mjs';`,
  },
});

const PROLOGUES = [
  ['', 'has no listeners'],
  [ENDS_ITSELF, 'ends the process in its own listeners'],
] as const;

const errorLine =
  (msg: string, text: string) =>
  ({ level, msg: told, err }: LogLine): boolean =>
    level === 'error' && told === msg && JSON.stringify(err).includes(text);

async function expectServing(url: string): Promise<void> {
  for (const server of ['good', 'bad']) {
    const answer = await callTool(`${url}/${server}/mcp`, 'echo', { text: 'up' });
    expect(answer).toMatchObject({ status: 200, text: 'up' });
  }
}

describe.each(PROLOGUES)('%#: a server that $1', (prologue) => {
  let host: HostProcess;
  let url: string;
  beforeAll(async () => {
    host = await startHostProcess(options(prologue));
    url = await host.url();
  });
  afterAll(() => host.stop());

  it.each([
    ['an error', 'error', 'nobody awaits this'],
    ['a text', 'text', 'text'],
  ])('rejects %s that nobody awaits: logged, and everybody is served', async (_, what, text) => {
    const answer = await callTool(`${url}/bad/mcp`, 'reject-later', { what });
    expect(answer).toMatchObject({ status: 200, text: 'ok' });
    await host.waitForLog(errorLine('unhandled rejection', text));
    await expectServing(url);
  });

  it('calls process.exit in a tool: the call fails, and everybody is served', async () => {
    const answer = await callTool(`${url}/bad/mcp`, 'exit');
    expect(answer).toMatchObject({ status: 200, isError: true });
    expect(answer.text).toContain('process.exit');
    await expectServing(url);
  });

  it('calls process.exit in a timer: the process stays, and everybody is served', async () => {
    await callTool(`${url}/bad/mcp`, 'exit-later');
    await host.waitForLog(errorLine('uncaught exception', 'process.exit'));
    await expectServing(url);
  });

  it('throws while its caller leaves: the process stays, and everybody is served', async () => {
    const agent = new Agent();
    const call = callTool(`${url}/bad/mcp`, 'throw-on-abort', {}, agent);
    await host.waitForLog({ held: 'throw-on-abort' });
    agent.destroy();
    await expect(call).rejects.toThrow();
    await host.waitForLog(errorLine('uncaught exception', 'thrown by an abort listener'));
    await expectServing(url);
  });

  it.each([
    ['nothing else comes', undefined],
    ['a signal comes', 'SIGTERM'],
  ] as const)(
    'throws in a timer, and %s: calls in flight are answered, then the process ends with 1',
    async (_, signal) => {
      const host = await spawnHost(options(prologue));
      const url = await host.url();
      const held = callTool(`${url}/good/mcp`, 'hold', { ms: 1_000 });
      await host.waitForLog({ held: 1 });
      await callTool(`${url}/bad/mcp`, 'throw-later');
      await host.waitForLog({ msg: 'draining', reason: 'uncaught exception' });
      if (signal) host.signal(signal);
      expect(await held).toMatchObject({ status: 200, text: 'held' });
      expect(await host.exited).toEqual({ code: 1, signal: null });
      expect(host.logs.some(errorLine('uncaught exception', 'thrown in a timer'))).toBe(true);
    },
  );

  it('is told to stop: the host drains all the same, and ends with 0', async () => {
    const host = await spawnHost(options(prologue));
    const url = await host.url();
    const held = callTool(`${url}/good/mcp`, 'hold', { ms: 1_000 });
    await host.waitForLog({ held: 1 });
    host.signal('SIGTERM');
    expect(await held).toMatchObject({ status: 200, text: 'held' });
    expect(await host.exited).toEqual({ code: 0, signal: null });
    await host.waitForLog({ msg: 'drained' });
  });
});

describe('a server that closes itself when the process is told to end', () => {
  it.each(['shared', 'per-request'])('%s: its calls in flight are answered', async (instance) => {
    const host = await spawnHost({
      yaml: `servers: { bad: { module: ./bad/index.mjs, auth: anonymous, instance: ${instance} } }`,
      files: { 'bad/index.mjs': CLOSES_ITSELF },
    });
    const url = await host.url();
    const held = callTool(`${url}/bad/mcp`, 'hold', { ms: 500 });
    await host.waitForLog({ held: 1 });
    host.signal('SIGTERM');
    expect(await held).toMatchObject({ status: 200, text: 'held' });
    expect(await host.exited).toEqual({ code: 0, signal: null });
  });

  it('leaves no listener behind for each call', async () => {
    const host = await spawnHost({
      yaml: 'servers: { bad: { module: ./bad/index.mjs, auth: anonymous } }',
      files: { 'bad/index.mjs': CLOSES_ITSELF },
    });
    const url = await host.url();
    for (let number = 0; number < 20; number += 1) {
      await callTool(`${url}/bad/mcp`, 'echo', { text: 'x' });
    }
    host.signal('SIGTERM');
    await host.exited;
    expect(host.stderr()).not.toContain('MaxListenersExceededWarning');
  });
});

describe('a module that cannot serve', () => {
  const FAILS_LATER = "setTimeout(() => { throw new Error('thrown later'); }, 1);";
  it.each([
    ['was unavailable', `${FAILS_LATER} throw new Error('broken');`, 'unavailable'],
    ['still loads', `${FAILS_LATER} await new Promise(() => {});`, 'starting'],
  ])('and %s ends the process with none of its errors', async (_, module, status) => {
    const port = await freePort();
    const host = await spawnHost({
      env: { PORT: String(port) },
      yaml: `
defaults: { auth: anonymous, startTimeoutMs: 60000 }
servers:
  good: { module: ./fault-process.mjs }
  bad: { module: ./bad/index.mjs }
`,
      files: { 'bad/index.mjs': module },
    });
    await host.waitForLog(errorLine('uncaught exception', 'thrown later'));
    const base = `http://127.0.0.1:${port}`;
    const answer = await callTool(`${base}/good/mcp`, 'echo', { text: 'x' });
    expect(answer).toMatchObject({ status: 200, text: 'x' });
    const { servers } = (await (await fetch(`${base}/readyz`)).json()) as { servers: object[] };
    expect(servers[1]).toMatchObject({ name: 'bad', status });
  });
});

it('a module that listens on the port of its host does not end the process', async () => {
  const port = await freePort();
  const LISTENS =
    "import { createServer as listener } from 'node:http'; listener().listen(process.env.PORT);";
  const host = await spawnHost({
    env: { PORT: String(port) },
    yaml: YAML,
    files: { 'bad/index.mjs': `${LISTENS}\nexport { createServer } from '../fault-process.mjs';` },
  });
  await host.waitForLog(errorLine('uncaught exception', 'EADDRINUSE'));
  await expectServing(await host.url());
});

it('is not ready while a server blocks the process, although it is alive', async () => {
  const host = await spawnHost(options(''));
  const url = await host.url();
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  await callTool(`${url}/bad/mcp`, 'block', { ms: 2_000 });
  const ready = await fetch(`${url}/readyz`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({ status: 'overloaded' });
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

it('names the server whose code is in the stack, also when others lie in the same folder', async () => {
  const host = await spawnHost({
    yaml: `
defaults: { auth: anonymous }
servers:
  first: { module: ./servers/first.mjs }
  second: { module: ./servers/second.mjs }
`,
    files: {
      'servers/first.mjs': "export { createServer } from '../fault-process.mjs';",
      'servers/second.mjs': `
        export { createServer } from '../fault-process.mjs';
        setTimeout(() => Promise.reject(new Error('of the second')));
      `,
    },
  });
  const line = await host.waitForLog({ msg: 'unhandled rejection' });
  expect(line).toMatchObject({ server: 'second', err: { message: 'of the second' } });
});
