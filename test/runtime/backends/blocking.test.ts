// A server that blocks its own event loop for 2 s answers late. Where it runs apart from the host,
// nobody else waits for it.

import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../e2e/free-port.ts';
import { eventually } from '../../eventually.ts';
import { startHost } from '../start-host.ts';
import { legacyCaller } from './command/hosted.ts';
import { PORT } from './command/listeners.ts';

const BLOCK_MS = 2_000;
/** Far from the time of the block, and far above what an answer takes on a busy machine. */
const PROMPT_MS = 1_000;
const FIRST_ROUNDS = 5;
const SERVERS = join(import.meta.dirname, '../../fixtures/servers');

const listener = ['../programs/listener.mjs', 'v1'];
const program = (args: readonly string[], keys: object = {}) => ({
  command: 'node',
  args,
  instance: 'shared',
  ...keys,
});

/** Keys of the entry of a server that has the tools `echo` and `block`. */
const KINDS: Readonly<Record<string, () => object | Promise<object>>> = {
  'a module in a thread': () => ({ module: './fault-process.mjs', isolation: 'thread' }),
  'a program': () => program(['../programs/mcp.mjs']),
  'a program with its own listener': () =>
    program(listener, { url: `http://127.0.0.1:${PORT}/mcp` }),
  'a server at a URL': async () => ({ url: await listenElsewhere(), instance: 'shared' }),
};

/** @returns the address of a server in a process of its own. */
async function listenElsewhere(): Promise<string> {
  const port = await freePort();
  const child: ChildProcess = spawn(process.execPath, listener, {
    cwd: SERVERS,
    env: { ...process.env, PORT: String(port) },
    stdio: 'ignore',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const url = `http://127.0.0.1:${port}/mcp`;
  await eventually(() => fetch(url));
  return url;
}

it.each(Object.keys(KINDS))(
  '%s that blocks for 2 s answers late, and the others answer as always',
  async (kind) => {
    const entryOf = KINDS[kind] as (typeof KINDS)[string];
    const { url } = await startHost({
      listen: true,
      yaml: `
defaults: { auth: anonymous }
servers:
  blocks: ${JSON.stringify(await entryOf())}
  same: ${JSON.stringify(await entryOf())}
  module: { module: ./kernel-v1.mjs }
`,
    });
    const args = { text: 'up', value: 'up' };
    const [blocks, same, module] = await Promise.all(
      ['blocks', 'same', 'module'].map((name) => legacyCaller(`${url}/${name}/mcp`)),
    );
    const others = [same, module].map((caller) => async () => {
      const startedAt = performance.now();
      const { text, body } = (await caller?.call('echo', args)) ?? {};
      return { text: text ?? body, ms: performance.now() - startedAt };
    });
    for (let round = 0; round < FIRST_ROUNDS; round += 1) {
      await Promise.all(others.map((ask) => ask()));
    }
    const startedAt = performance.now();
    let blockedMs: number | undefined;
    const blocked = blocks?.call('block', { ms: BLOCK_MS }).finally(() => {
      blockedMs = performance.now() - startedAt;
    });
    const answers: { text: string | undefined; ms: number }[] = [];
    while (blockedMs === undefined) {
      answers.push(...(await Promise.all(others.map((ask) => ask()))));
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
    }
    expect(await blocked).toMatchObject({ status: 200, text: 'ok' });
    expect(blockedMs).toBeGreaterThanOrEqual(BLOCK_MS - 1);
    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(['up', 'alpha:up']));
    expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(PROMPT_MS);
    // Its own callers are served again.
    expect(await blocks?.call('echo', args)).toMatchObject({ text: 'up' });
  },
);
