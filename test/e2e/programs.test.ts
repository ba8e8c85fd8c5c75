// Programs of a host that ends: nothing in flight is lost, and no process is left.

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
  await eventually(() => {
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});
