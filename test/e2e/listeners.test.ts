// Programs with their own listener, of a host that ends: nothing in flight is lost, and no process is
// left.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { callTool } from './call-tool.ts';
import { spawnHost } from './spawn-host.ts';

const PROGRAM = readFileSync(
  join(import.meta.dirname, '../fixtures/programs/listener.mjs'),
  'utf8',
);

const yaml = (mode: string): string => `
defaults: { auth: anonymous }
servers:
  mcp: { command: node, args: [./program.mjs, v1, ${mode}], url: "http://127.0.0.1:\${PORT}/mcp" }
`;

async function expectGone(...pids: readonly number[]): Promise<void> {
  await eventually(() => {
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
}

it('answers calls in flight, then ends the program and itself', async () => {
  const host = await spawnHost({ yaml: yaml('plain'), files: { 'program.mjs': PROGRAM } });
  const url = `${await host.url()}/mcp/mcp`;
  const pid = Number((await callTool(url, 'whoami')).text);
  const calls = Array.from({ length: 6 }, (_, call) =>
    callTool(url, 'echo-later', { value: `call ${call}`, ms: 2_000 }),
  );
  await callTool(url, 'whoami');
  host.signal('SIGTERM');
  const answers = await Promise.all(calls);
  expect(answers.map(({ text }) => text)).toEqual(calls.map((_, call) => `call ${call}`));
  expect(await host.exited).toEqual({ code: 0, signal: null });
  expect(host.stderr()).toBe('');
  await expectGone(pid);
});

it.skipIf(process.platform === 'win32')(
  'leaves no process when it is killed, not even what ignores SIGTERM',
  async () => {
    const host = await spawnHost({ yaml: yaml('stubborn'), files: { 'program.mjs': PROGRAM } });
    const url = `${await host.url()}/mcp/mcp`;
    const pid = Number((await callTool(url, 'whoami')).text);
    const grandchild = Number((await callTool(url, 'grandchild')).text);
    expect(pid).toBeGreaterThan(0);
    expect(grandchild).toBeGreaterThan(0);
    host.signal('SIGKILL');
    await host.exited;
    await expectGone(pid, grandchild);
  },
);
