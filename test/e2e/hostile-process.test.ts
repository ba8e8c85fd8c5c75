// What a slip of one server does to the process reaches no other server: each of these servers is
// broken in one way, and a healthy one is called beside it.

import { describe, expect, it, test } from 'vitest';
import { eventually } from '../eventually.ts';
import { callTool } from './call-tool.ts';
import { type HostProcess, type LogLine, spawnHost } from './spawn-host.ts';

/** Its tool `run` runs statements that a test passes, in the module's file. */
const RUNS = `
  import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
  import { z } from 'zod';
  import { spawn } from 'node:child_process';
  import fs from 'node:fs';
  import http from 'node:http';
  import net from 'node:net';
  import { Worker } from 'node:worker_threads';
  const used = { spawn, fs, http, net, Worker };
  export function createServer() {
    const server = new McpServer({ name: 'bad', version: '1.0.0' });
    server.registerTool('run', { inputSchema: { code: z.string() } }, async ({ code }) => {
      const value = await eval('(async () => {' + code + '})()');
      return { content: [{ type: 'text', text: JSON.stringify(value ?? null) }] };
    });
    return server;
  }
`;

const YAML = `
defaults: { auth: anonymous }
servers:
  bad: { module: ./bad/index.mjs, instance: shared }
  good: { module: ./fault-process.mjs }
  modern: { module: ./modern/index.mjs }
`;

const MODERN = `
  import { McpServer } from '@modelcontextprotocol/server';
  import { z } from 'zod';
  export function createServer() {
    const server = new McpServer({ name: 'modern', version: '1.0.0' });
    server.registerTool('echo', { inputSchema: z.object({ text: z.string() }) }, ({ text }) => ({
      content: [{ type: 'text', text }],
    }));
    return server;
  }
`;

async function spawn(atImport = '', env: Record<string, string> = {}): Promise<HostProcess> {
  const files = { 'bad/index.mjs': `${atImport}\n${RUNS}`, 'modern/index.mjs': MODERN };
  return spawnHost({ yaml: YAML, files, env });
}

async function run(host: HostProcess, code: string): Promise<unknown> {
  return (await callTool(`${await host.url()}/bad/mcp`, 'run', { code })).text;
}

async function expectOthersServed(host: HostProcess): Promise<void> {
  for (const server of ['good', 'modern']) {
    const answer = await callTool(`${await host.url()}/${server}/mcp`, 'echo', { text: 'up' });
    expect(answer).toMatchObject({ status: 200, text: 'up' });
  }
}

async function expectEnd(host: HostProcess, limitMs = 9_000): Promise<void> {
  const signalledAt = performance.now();
  host.signal('SIGTERM');
  expect(await host.exited).toEqual({ code: 0, signal: null });
  expect(performance.now() - signalledAt).toBeLessThan(limitMs);
}

const ofBad =
  (msg: string, text: string) =>
  (line: LogLine): boolean =>
    line.msg === msg && line.server === 'bad' && JSON.stringify(line.err).includes(text);

describe('an error of a server that nobody listens to leaves the process as it is', () => {
  it.each([
    [
      'a rejection, after it has removed the listeners of rejections',
      `process.removeAllListeners('unhandledRejection'); void Promise.reject(new Error('left alone'));`,
      'unhandled rejection',
      'left alone',
    ],
    [
      'a rejection, after it has removed each listener of rejections',
      `for (const each of process.listeners('unhandledRejection')) process.off('unhandledRejection', each);
       void Promise.reject(new Error('left alone'));`,
      'unhandled rejection',
      'left alone',
    ],
    ['a program that is missing', `spawn('no-such-program');`, 'uncaught exception', 'ENOENT'],
    [
      'a connection that is refused',
      `net.connect(1, '127.0.0.1');`,
      'uncaught exception',
      'ECONNREFUSED',
    ],
    [
      'an HTTP request that is refused',
      `http.get('http://127.0.0.1:1/');`,
      'uncaught exception',
      'ECONNREFUSED',
    ],
  ])('%s', async (_, code, msg, text) => {
    const host = await spawn();
    await run(host, code);
    await host.waitForLog(ofBad(msg, text));
    await expectOthersServed(host);
    await expectEnd(host);
  });

  it('a file that is missing, which is read as a stream', async () => {
    const host = await spawn();
    await run(host, `fs.createReadStream('/no/such/file');`);
    await host.waitForLog(
      ({ msg, err }) => msg === 'uncaught exception' && JSON.stringify(err).includes('ENOENT'),
    );
    await expectOthersServed(host);
  });

  it.each([
    [
      'a value whose every use throws',
      'new Proxy({}, { get() { throw 1; }, getPrototypeOf() { throw 2; } })',
    ],
    [
      'an error whose members throw',
      `Object.defineProperties(new Error(), { stack: { get() { throw 1; } }, message: { get() { throw 2; } }, syscall: { get() { throw 3; } } })`,
    ],
  ])('%s, thrown in a timer or rejected', async (_, value) => {
    const host = await spawn();
    await run(host, `setTimeout(() => { throw ${value}; });`);
    const unreadable = { err: 'an error that cannot be read' };
    await host.waitForLog({ msg: 'uncaught exception', ...unreadable });
    await run(host, `void Promise.reject(${value});`);
    await host.waitForLog({ msg: 'unhandled rejection', ...unreadable });
    await expectOthersServed(host);
    await expectEnd(host);
  });
});

it('a flood of rejections is 100 lines and an exact count, and the process ends in time', async () => {
  const host = await spawn();
  await run(
    host,
    `for (let number = 0; number < 5_000; number += 1) void Promise.reject(new Error('flood'));`,
  );
  await expectOthersServed(host);
  await expectEnd(host);
  const written = host.logs.filter(({ msg }) => msg === 'unhandled rejection');
  const counts = host.logs.filter(({ msg }) => msg === 'lines of uncaught errors dropped');
  expect(counts.every(({ server }) => server === 'bad')).toBe(true);
  const dropped = counts.reduce((sum, line) => sum + Number(line.dropped), 0);
  expect(written.length + dropped).toBe(5_000);
  expect(written.length).toBeLessThanOrEqual(100 * (counts.length + 1));
});

describe('the others are served, and SIGTERM ends the process in time', () => {
  it.each([
    ['adds an enumerable member to Object.prototype', `Object.prototype.extra = 'of bad';`],
    [
      'freezes the intrinsics',
      `for (const each of [Object, Array, Function, Error, Promise, Map, Set, RegExp, String, Number, Date, TypeError]) { Object.freeze(each); Object.freeze(each.prototype); }`,
    ],
    [
      'patches the way servers close',
      `net.Server.prototype.close = function () { return this; }; http.Server.prototype.close = function () { return this; };`,
    ],
    ['replaces process.emit', `process.emit = () => { throw new Error('replaced'); };`],
    ['replaces process.kill', `process.kill = () => { throw new Error('replaced'); };`],
    ['sets process.exitCode', `process.exitCode = 77;`],
    [
      'replaces process.exitCode',
      `Object.defineProperty(process, 'exitCode', { get: () => 77, set() { throw new Error('replaced'); } });`,
    ],
    ['replaces process.reallyExit', `process.reallyExit = () => { throw new Error('replaced'); };`],
    [
      'throws in a listener of the exit',
      `process.on('exit', () => { throw new Error('at the exit'); });`,
    ],
  ])('after a server %s', async (_, code) => {
    const host = await spawn();
    await run(host, code);
    await expectOthersServed(host);
    await expectEnd(host);
  });

  it.each([
    [
      'setTimeout',
      'globalThis.setTimeout = () => 0; globalThis.setInterval = () => 0; globalThis.setImmediate = () => 0;',
    ],
    ['Promise', 'globalThis.Promise = class {};'],
    ['JSON', 'globalThis.JSON = {};'],
    [
      'the clock',
      'performance.now = () => 0; Date.now = () => 0; globalThis.performance = { now: () => 0 };',
    ],
  ])('SIGTERM ends the process after a server has replaced %s', async (_, code) => {
    const host = await spawn();
    await run(host, `setImmediate(() => { ${code} console.error('replaced'); });`);
    await eventually(() => expect(host.stderr()).toContain('replaced'));
    await expectEnd(host);
  });
});

test('the process ends with 1 in time when a server has broken what the end waits for', async () => {
  const host = await spawn();
  await run(
    host,
    `setImmediate(() => { Promise.prototype.then = () => {}; console.error('replaced'); });`,
  );
  await eventually(() => expect(host.stderr()).toContain('replaced'));
  const signalledAt = performance.now();
  host.signal('SIGTERM');
  expect(await host.exited).toEqual({ code: 1, signal: null });
  expect(performance.now() - signalledAt).toBeLessThan(10_000);
});

test('a server that closes standard output closes nothing', async () => {
  const host = await spawn();
  await run(host, `fs.closeSync(1); await new Promise((resolve) => fs.close(2, resolve));`);
  await expectOthersServed(host);
  await expectEnd(host);
  await host.waitForLog({ msg: 'drained' });
});
