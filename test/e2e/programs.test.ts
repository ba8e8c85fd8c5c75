// Programs of a host that ends: no process is left, and nothing in flight is lost unless the host
// was killed.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { callTool } from './call-tool.ts';
import { spawnHost } from './spawn-host.ts';

const PROGRAM = readFileSync(join(import.meta.dirname, '../fixtures/programs/mcp.mjs'), 'utf8');

const YAML = `
defaults: { auth: anonymous }
servers:
  shared: { command: node, args: [./program.mjs], instance: shared }
  own: { command: node, args: [./program.mjs], instance: per-request }
`;

it('answers calls in flight, then ends all programs and itself', async () => {
  const host = await spawnHost({ yaml: YAML, files: { 'program.mjs': PROGRAM } });
  const url = await host.url();
  const pids = new Set<number>();
  for (const path of ['shared', 'own']) {
    pids.add(Number((await callTool(`${url}/${path}/mcp`, 'whoami')).text));
  }
  const calls = Array.from({ length: 6 }, (_, call) => {
    const path = call % 2 === 0 ? 'shared' : 'own';
    return callTool(`${url}/${path}/mcp`, 'echo-later', { value: `call ${call}`, ms: 2_000 });
  });
  // The calls have reached the shared program before this one.
  await callTool(`${url}/shared/mcp`, 'whoami');
  host.signal('SIGTERM');
  const answers = await Promise.all(calls);
  expect(answers.map(({ text }) => text)).toEqual(calls.map((_, call) => `call ${call}`));
  expect(await host.exited).toEqual({ code: 0, signal: null });
  expect(host.stderr()).toBe('');
  await expectGone(pids);
});

it.skipIf(process.platform === 'win32')(
  'leaves no program when it is killed, not even one that does not read its input',
  async () => {
    const host = await spawnHost({ yaml: YAML, files: { 'program.mjs': PROGRAM } });
    const url = await host.url();
    const pid = Number((await callTool(`${url}/shared/mcp`, 'whoami')).text);
    expect(pid).toBeGreaterThan(0);
    await callTool(`${url}/shared/mcp`, 'stop-reading');
    host.signal('SIGKILL');
    await host.exited;
    await expectGone([pid]);
  },
);

async function expectGone(pids: Iterable<number>): Promise<void> {
  await eventually(() => {
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
}
