// The end of the process: nothing in flight is lost, and the process is gone in time, whoever holds
// on to it.

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { postMany } from '../runtime/post.ts';
import { callLegacy } from '../runtime/protocol/questions/asking.ts';
import { callTool, type HttpAnswer } from './call-tool.ts';
import { freePort } from './free-port.ts';
import { type HostProcess, type SpawnOptions, spawnHost } from './spawn-host.ts';

const YAML = `
defaults: { auth: anonymous }
servers:
  a: { module: ./fault-process.mjs, instance: shared }
  b: { module: ./fault-process.mjs }
`;
/** From the last answer to the end of the process. */
const EXIT_LIMIT_MS = 1_000;

/** Their log lines are more than a pipe and its reader take in. */
const MANY_CALLS = 2_500;

const SIGNAL_ON_LISTEN = `
  import { Server } from 'node:net';
  const { listen } = Server.prototype;
  Server.prototype.listen = function (...options) {
    this.once('listening', () => process.kill(process.pid, 'SIGTERM'));
    return listen.apply(this, options);
  };
`;

const spawn = (options: Partial<SpawnOptions> = {}): Promise<HostProcess> =>
  spawnHost({ yaml: YAML, ...options });

/** Calls that are being worked on, on connections that their client keeps open. */
async function holdCalls(host: HostProcess, count: number, ms: number) {
  const url = await host.url();
  const agent = new Agent({ keepAlive: true });
  const calls = Array.from({ length: count }, (_, number) =>
    callTool(`${url}/${number % 2 ? 'a' : 'b'}/mcp`, 'hold', { ms }, agent),
  );
  await host.waitForLog({ held: count });
  return { url, answers: Promise.all(calls) };
}

function expectAllAnswered(answers: readonly HttpAnswer[]): void {
  expect(answers.map(({ status, text }) => `${status} ${text}`)).toEqual(
    answers.map(() => '200 held'),
  );
}

describe.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s', (signal) => {
  it('answers 20 calls in flight behind keep-alive clients, then ends with 0 at once', async () => {
    const host = await spawn();
    const { url, answers } = await holdCalls(host, 20, 1_000);
    host.signal(signal);
    await host.waitForLog({ msg: 'draining', reason: signal });
    await refusal(url);
    expectAllAnswered(await answers);
    const answeredAt = performance.now();
    expect(await host.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - answeredAt).toBeLessThan(EXIT_LIMIT_MS);
    await host.waitForLog({ msg: 'drained' });
    expect(host.stderr()).toBe('');
  });
});

it('reads servers.yaml once: an edited one changes nothing, and SIGHUP ends the process in order', async () => {
  const host = await spawn();
  const { url, answers } = await holdCalls(host, 4, 1_000);
  const edited = YAML.replace('  b:', '  c:');
  for (const text of [edited, 'servers: [', '']) {
    writeFileSync(join(host.directory, 'servers.yaml'), text);
    expect(await callTool(`${url}/b/mcp`, 'echo', { text: 'x' })).toMatchObject({ text: 'x' });
    expect(await callTool(`${url}/c/mcp`, 'echo', { text: 'x' })).toMatchObject({ status: 404 });
  }
  host.signal('SIGHUP');
  expectAllAnswered(await answers);
  expect(await host.exited).toEqual({ code: 0, signal: null });
});

it('does not wait for people who are asked something, and still answers the other calls', async () => {
  const host = await spawn({
    yaml: `${YAML}  asking: { module: ./questions-v1.mjs, instance: shared }\n`,
  });
  const { url, answers } = await holdCalls(host, 4, 1_000);
  const asked = await callLegacy(`${url}/asking/mcp`, 'form');
  expect((await asked.next())?.method).toBe('elicitation/create');
  host.signal('SIGTERM');
  // Before the others have their answers.
  expect(await Promise.race([asked.rest(), answers])).toMatchObject([
    { id: 1, error: { code: -32603, data: { reason: 'shutdown' } } },
  ]);
  expectAllAnswered(await answers);
  const answeredAt = performance.now();
  expect(await host.exited).toEqual({ code: 0, signal: null });
  expect(performance.now() - answeredAt).toBeLessThan(EXIT_LIMIT_MS);
});

it('does not wait for a connection that never sent a byte', async () => {
  const host = await spawn();
  const { port } = new URL(await host.url());
  const silent = connect(Number(port), '127.0.0.1');
  await once(silent, 'connect');
  // Answered on another connection, so the host has accepted the silent one before.
  const { answers } = await holdCalls(host, 1, 100);
  await answers;
  const signalledAt = performance.now();
  host.signal('SIGTERM');
  expect(await host.exited).toEqual({ code: 0, signal: null });
  expect(performance.now() - signalledAt).toBeLessThan(EXIT_LIMIT_MS);
});

const STUCK = `
  import { createServer as create } from './fault-process.mjs';
  setInterval(() => {}, 60_000);
  export const createServer = () => ({ server: create(), cleanup: () => new Promise(() => {}) });
`;

it('does not wait for a server whose cleanup never ends', async () => {
  const host = await spawn({
    yaml: 'servers: { a: { module: ./stuck.mjs, instance: shared, auth: anonymous } }',
    files: { 'stuck.mjs': STUCK },
  });
  await host.url();
  const signalledAt = performance.now();
  host.signal('SIGTERM');
  expect(await host.exited).toEqual({ code: 0, signal: null });
  expect(performance.now() - signalledAt).toBeLessThan(EXIT_LIMIT_MS);
});

it('answers a call that is longer than the drain with a shutdown error, and ends within 9 s', async () => {
  const host = await spawn({
    yaml: `${YAML}  stuck: { module: ./stuck.mjs, instance: shared }\n`,
    files: { 'stuck.mjs': STUCK },
  });
  const { url, answers } = await holdCalls(host, 2, 20_000);
  // Who never sends all of a request, and who cannot close, may each hold on until the last moment.
  const half = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
  half.write('POST /a/mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{');
  expect(await callTool(`${url}/stuck/mcp`, 'echo', { text: 'x' })).toMatchObject({ text: 'x' });
  const signalledAt = performance.now();
  host.signal('SIGTERM');
  for (const answer of await answers) {
    expect(answer).toMatchObject({ status: 503, reason: 'shutdown' });
  }
  expect(performance.now() - signalledAt).toBeGreaterThan(7_500);
  expect(await host.exited).toEqual({ code: 0, signal: null });
  expect(performance.now() - signalledAt).toBeLessThan(9_000);
});

it.each([
  ['SIGTERM', 'SIGTERM'],
  ['SIGTERM', 'SIGINT'],
  ['SIGINT', 'SIGINT'],
] as const)('ends at once with 1 when %s is followed by %s', async (first, second) => {
  const host = await spawn();
  const { answers } = await holdCalls(host, 1, 20_000);
  answers.catch(() => {}); // The cut connection, seen from the client's side.
  host.signal(first);
  await host.waitForLog({ msg: 'draining' });
  const signalledAt = performance.now();
  host.signal(second);
  expect(await host.exited).toEqual({ code: 1, signal: null });
  expect(performance.now() - signalledAt).toBeLessThan(EXIT_LIMIT_MS);
});

it('ends with 0 when it is stopped while its servers still load', async () => {
  const host = await spawn({
    yaml: `
servers:
  a: { module: ./fault-process.mjs, auth: anonymous }
  slow: { module: ./slow.mjs, auth: anonymous, startTimeoutMs: 60000 }
`,
    files: { 'slow.mjs': "console.log('importing'); await new Promise(() => {});" },
  });
  await host.waitForLog({ text: 'importing' });
  const signalledAt = performance.now();
  host.signal('SIGTERM');
  expect(await host.exited).toEqual({ code: 0, signal: null });
  expect(performance.now() - signalledAt).toBeLessThan(EXIT_LIMIT_MS);
  expect(host.stderr()).toBe('');
});

/** Milliseconds before and after a signal. */
const MOMENTS = [0, 2, 5, 10, 20, 50, 100];

describe.each([
  ['idle', 0],
  ['busy', 400],
])('calls on fresh connections around SIGTERM to a process that is %s', (_, blockedMs) => {
  it('are answered, served or refused as draining, and none is cut', async () => {
    const host = await spawn();
    const url = `${await host.url()}/b/mcp`;
    const blocking = blockedMs > 0 ? callTool(url, 'block', { ms: blockedMs }, new Agent()) : null;
    const callAt = async (delayMs: number): Promise<string> => {
      await wait(delayMs);
      const call = callTool(url, 'echo', { text: 'x' }, new Agent());
      return call.then(
        ({ status, text, reason }) => `${status} ${text ?? reason}`,
        (error) => error.code,
      );
    };
    const signalAtMs = 120;
    const calls = MOMENTS.flatMap((ms) =>
      [signalAtMs - ms, signalAtMs + ms].flatMap((at) => [at, at, at, at, at].map(callAt)),
    );
    await wait(signalAtMs);
    host.signal('SIGTERM');
    // After its short lame-duck time a port is closed, which a slow machine may be too late for.
    const fine = new Set(['200 x', '503 draining', 'ECONNREFUSED']);
    const outcomes = await Promise.all(calls);
    expect(outcomes.filter((outcome) => !fine.has(outcome))).toEqual([]);
    expect(outcomes).toContain('503 draining');
    await blocking;
    expect(await host.exited).toEqual({ code: 0, signal: null });
  });
});

it('takes a signal that comes as soon as the port is open, and loses no call', async () => {
  const port = await freePort();
  const host = await spawn({
    env: { PORT: String(port) },
    files: { 'signal-on-listen.mjs': SIGNAL_ON_LISTEN },
    nodeArguments: ['--import', './signal-on-listen.mjs'],
  });
  const call = callTool(`http://127.0.0.1:${port}/b/mcp`, 'echo', { text: 'x' });
  // While it is not there yet, a refused connection is nothing that was lost.
  const outcome = await call.catch(({ code }) => code);
  if (outcome !== 'ECONNREFUSED') expect(outcome).toMatchObject({ reason: 'draining' });
  expect(await host.exited).toEqual({ code: 0, signal: null });
  expect(host.logs).toContainEqual(expect.objectContaining({ msg: 'draining', reason: 'SIGTERM' }));
});

it('stays when its parent ends without a Functions host, as a shell does after `nohup`', async () => {
  const host = await spawn({ separateParent: true });
  const url = await host.url();
  host.killParent();
  // Longer than the parent of a handler is left unwatched.
  await callTool(`${url}/a/mcp`, 'hold', { ms: 2_000 });
  expect(await callTool(`${url}/b/mcp`, 'echo', { text: 'x' })).toMatchObject({ status: 200 });
});

it('drains when its parent is killed, as by a killed Functions host', async () => {
  const env = { FUNCTIONS_CUSTOMHANDLER_PORT: String(await freePort()) };
  const host = await spawn({ separateParent: true, env });
  const { answers } = await holdCalls(host, 4, 2_500);
  host.killParent();
  await host.waitForLog({ msg: 'draining', reason: 'parent process is gone' });
  expectAllAnswered(await answers);
  await host.exited;
  await host.waitForLog({ msg: 'drained' });
});

it('writes every line of its log, also for a reader that has fallen behind', async () => {
  const host = await spawn();
  const url = await host.url();
  host.pauseOutput();
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  const name = 'a-tool-of-a-long-name'.repeat(6);
  await postMany(
    MANY_CALLS,
    20,
    async () => void (await callTool(`${url}/a/mcp`, name, {}, agent)),
  );
  agent.destroy();
  host.signal('SIGTERM');
  host.resumeOutput();
  expect(await host.exited).toEqual({ code: 0, signal: null });
  expect(host.logs.filter(({ msg }) => msg === 'request')).toHaveLength(MANY_CALLS);
  expect(host.logs.at(-1)).toMatchObject({ msg: 'drained' });
});

it('drains on SIGTERM, also when a server has removed all listeners of it', async () => {
  const host = await spawn({
    yaml: 'servers: { a: { module: ./removing.mjs, instance: shared }, b: { module: ./removing.mjs } }',
    files: {
      'removing.mjs': `
        process.removeAllListeners('SIGTERM');
        export { createServer } from './fault-process.mjs';`,
    },
  });
  const { answers } = await holdCalls(host, 2, 500);
  host.signal('SIGTERM');
  expectAllAnswered(await answers);
  expect(await host.exited).toEqual({ code: 0, signal: null });
});

/** Resolves when the host accepts no connection any more. */
async function refusal(url: string): Promise<void> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const outcome = await new Promise((resolve) => {
    socket.once('error', () => resolve('refused'));
    socket.once('connect', () => resolve('accepted'));
  });
  socket.destroy();
  if (outcome === 'accepted') await refusal(url);
}
