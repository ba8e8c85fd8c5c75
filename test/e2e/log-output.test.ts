// Standard output that cannot be written loses lines of the log, which are counted, and nothing
// else: no answer, and no second of the end of the process.

import { existsSync, readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { postMany } from '../runtime/post.ts';
import { callTool } from './call-tool.ts';
import { freePort } from './free-port.ts';
import { type HostProcess, spawnHost } from './spawn-host.ts';

const CALLS = 400;
const EXIT_LIMIT_MS = 9_000;
/** `ulimit -f` of dash and bash in blocks of at most 1,024 bytes. */
const MAX_FILE_BLOCKS = 8;
/** Their lines are more than a pipe holds, and less than the host keeps. */
const MANY_CALLS = 2_000;

/** util-linux: its child has a terminal, which is stopped when nobody reads what `script` writes. */
const TERMINAL = `export NODE="$0" MAIN="$1"; exec script -qfec 'echo $$ > pid.txt; exec "$NODE" "$MAIN"' /dev/null`;

const YAML = `
defaults: { auth: anonymous, maxConcurrent: 100 }
servers:
  a: { module: ./fault-process.mjs, instance: shared }
  closing: { module: ./closing.mjs, instance: shared, isolation: thread }
`;

/** A thread has its own \`fs\`, and the descriptors of the process. */
const CLOSING = `
  import fs from 'node:fs';
  import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
  export function createServer() {
    const server = new McpServer({ name: 'closing', version: '1.0.0' });
    server.registerTool('close', {}, () => {
      fs.closeSync(1);
      return { content: [{ type: 'text', text: 'closed' }] };
    });
    return server;
  }
`;

interface RunningHost {
  readonly host: HostProcess;
  readonly url: string;
}

/** @param command of a shell that starts the host; its standard output is the pipe of the test. */
async function start(command = 'exec "$0" "$@"'): Promise<RunningHost> {
  const port = await freePort();
  const host = await spawnHost({
    yaml: YAML,
    files: { 'closing.mjs': CLOSING },
    env: { PORT: String(port) },
    node: '/bin/sh',
    nodeArguments: ['-c', command, process.execPath],
  });
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200));
  return { host, url };
}

async function lostLines(url: string): Promise<number> {
  const { lostLogLines } = (await (await fetch(`${url}/readyz`)).json()) as {
    lostLogLines: number;
  };
  return lostLogLines;
}

/** @returns how many calls were answered as they should be. */
async function answered(url: string, calls = CALLS): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  let count = 0;
  await postMany(calls, 20, async () => {
    const { status } = await callTool(`${url}/a/mcp`, 'echo', { text: 'x' }, agent);
    if (status === 200) count += 1;
  });
  agent.destroy();
  return count;
}

/** Ends the host while a call is in flight, which is answered. */
async function expectEndUnderLoad({ host, url }: RunningHost): Promise<void> {
  const held = await holdCall(url, 500);
  const signalledAt = performance.now();
  host.signal('SIGTERM');
  expect(await held.answer).toMatchObject({ status: 200, text: 'held' });
  await eventually(() => expect(isAlive(host.pid)).toBe(false));
  expect(performance.now() - signalledAt).toBeLessThan(EXIT_LIMIT_MS);
  host.resumeOutput();
  expect(await host.exited).toEqual({ code: 0, signal: null });
  expect(host.stderr()).toBe('');
}

async function holdCall(url: string, ms: number) {
  const answer = callTool(`${url}/a/mcp`, 'hold', { ms });
  answer.catch(() => {}); // A cut connection, seen from the client's side.
  await eventually(async () => expect(await inFlight(url)).toBe(1));
  return { answer };
}

/** Its output may still be unread. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function inFlight(url: string): Promise<number> {
  const { servers } = (await (await fetch(`${url}/readyz`)).json()) as {
    servers: { inFlight: number }[];
  };
  return servers[0]?.inFlight as number;
}

describe.skipIf(process.platform === 'win32')('standard output', () => {
  it.runIf(existsSync('/dev/full'))(
    'on a full disk loses no answer; the lines are counted, and the end comes in time',
    async () => {
      const running = await start('exec "$0" "$@" > /dev/full');
      expect(await answered(running.url)).toBe(CALLS);
      await eventually(async () => expect(await lostLines(running.url)).toBeGreaterThan(CALLS));
      await expectEndUnderLoad(running);
    },
  );

  it('at the size limit of its file loses no answer and tears no line', async () => {
    const running = await start(`ulimit -f ${MAX_FILE_BLOCKS}; exec "$0" "$@" > log.txt`);
    expect(await answered(running.url)).toBe(CALLS);
    await eventually(async () => expect(await lostLines(running.url)).toBeGreaterThan(0));
    const file = join(running.host.directory, 'log.txt');
    await expectEndUnderLoad(running);
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(JSON.parse(line)).toHaveProperty('msg');
  });

  it('that a server closes loses no answer, and a connection of its number gets no line', async () => {
    const running = await start();
    const { url } = running;
    expect(await callTool(`${url}/closing/mcp`, 'close')).toMatchObject({ text: 'closed' });
    expect(await answered(url)).toBe(CALLS);
    await eventually(async () => expect(await lostLines(url)).toBeGreaterThan(0));
    await expectEndUnderLoad(running);
  });

  it('whose reader stalls loses no answer and no line, and the end comes in time', async () => {
    const running = await start();
    running.host.pauseOutput();
    expect(await answered(running.url, MANY_CALLS)).toBe(MANY_CALLS);
    expect(await lostLines(running.url)).toBe(0);
    await expectEndUnderLoad(running);
  });

  it('whose reader stalls delays no second signal', async () => {
    const { host, url } = await start();
    host.pauseOutput();
    await answered(url, MANY_CALLS);
    await holdCall(url, 20_000);
    host.signal('SIGTERM');
    await eventually(() => expect(isDraining(url)).resolves.toBe(true));
    const signalledAt = performance.now();
    host.signal('SIGTERM');
    await eventually(() => expect(isAlive(host.pid)).toBe(false));
    expect(performance.now() - signalledAt).toBeLessThan(1_000);
    host.resumeOutput();
    expect(await host.exited).toEqual({ code: 1, signal: null });
  });

  it.runIf(existsSync('/usr/bin/script') && process.platform === 'linux')(
    'that is a stopped terminal loses no answer and keeps no process that is told to end',
    async () => {
      const { host, url } = await start(TERMINAL);
      const pid = Number(readFileSync(join(host.directory, 'pid.txt'), 'utf8'));
      host.pauseOutput();
      expect(await answered(url, MANY_CALLS)).toBe(MANY_CALLS);
      process.kill(pid, 'SIGTERM');
      // Its parent, which stands still, has not been told.
      await eventually(() => expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(') Z '));
    },
  );

  it('whose reader goes away loses no answer, and the end comes in time', async () => {
    const running = await start();
    running.host.closeOutput();
    expect(await answered(running.url)).toBe(CALLS);
    await eventually(async () => expect(await lostLines(running.url)).toBeGreaterThan(0));
    await expectEndUnderLoad(running);
  });
});

/** It refuses calls, or its port is closed. */
async function isDraining(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    ({ status }) => status === 503,
    () => true,
  );
}

it('that is a pipe changes nothing in where modules are loaded from: links are followed', async () => {
  const names = ['@modelcontextprotocol/sdk/server/index.js', 'zod'];
  const host = await spawnHost({
    yaml: 'servers: { resolving: { module: ./resolving.mjs, auth: anonymous } }',
    files: {
      'resolving.mjs': `
        import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
        import { z } from 'zod';
        export function createServer() {
          const server = new McpServer({ name: 'resolving', version: '1.0.0' });
          server.registerTool('resolve', { inputSchema: { name: z.string() } }, ({ name }) => ({
            content: [{ type: 'text', text: import.meta.resolve(name) }],
          }));
          return server;
        }
      `,
    },
  });
  const url = await host.url();
  for (const name of names) {
    const { text } = await callTool(`${url}/resolving/mcp`, 'resolve', { name });
    expect(text).toContain(pathToFileURL(join(process.cwd(), 'node_modules')).href);
    // The next call comes after the log was written.
    await host.waitForLog({ msg: 'request', outcome: 'ok' });
  }
});
