// No process is left, however a program or the host ends: with programs that start a process of
// their own, and ignore SIGTERM and the end of their input.

import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { callTool } from './call-tool.ts';
import { type HostProcess, spawnHost } from './spawn-host.ts';

const PROGRAM = readFileSync(join(import.meta.dirname, '../fixtures/programs/mcp.mjs'), 'utf8');

/** Lives no longer than a test. */
const STUBBORN = `
import { spawn } from 'node:child_process';
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => {});
spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: 'ignore' });
setTimeout(() => process.exit(1), 60_000);
await import('./program.mjs');
`;

const YAML = `
defaults: { auth: anonymous, timeoutMs: 1500 }
servers:
  shared: { command: node, args: [./stubborn.mjs], instance: shared }
  own: { command: node, args: [./stubborn.mjs], instance: per-request, spares: 0 }
  spare: { command: node, args: [./stubborn.mjs], instance: per-request, spares: 2 }
`;

interface Running {
  readonly host: HostProcess;
  readonly url: string;
}

/** What happens to the host or its programs; `isHostGone`: its own processes may not be left, too. */
const ENDS: Record<
  string,
  { readonly end: (running: Running) => Promise<unknown>; readonly isHostGone: boolean }
> = {
  'after a drain': {
    end: async (running) => {
      await useAll(running);
      running.host.signal('SIGTERM');
      expect(await running.host.exited).toMatchObject({ signal: null });
    },
    isHostGone: true,
  },
  'after SIGKILL of the host': {
    end: async (running) => {
      await useAll(running);
      running.host.signal('SIGKILL');
      expect(await running.host.exited).toMatchObject({ signal: 'SIGKILL' });
    },
    isHostGone: true,
  },
  'after programs that crash in a loop': {
    end: async ({ url }) => {
      const reasons: unknown[] = [];
      for (let time = 0; time < 6; time += 1) {
        for (const path of ['shared', 'own']) {
          reasons.push((await callTool(`${url}/${path}/mcp`, 'exit')).reason);
        }
      }
      // Five ends open the circuit of the shared one. The programs of a client end for what it sends.
      expect(reasons.filter((reason) => reason === 'server-exited')).toHaveLength(11);
      expect(reasons.filter((reason) => reason === 'unavailable')).toHaveLength(1);
    },
    isHostGone: false,
  },
  'after calls at the time limit': {
    end: async ({ url }) => {
      const calls = Array.from({ length: 3 }, () => callTool(`${url}/own/mcp`, 'never'));
      for (const { reason } of await Promise.all(calls)) expect(reason).toBe('deadline');
    },
    isHostGone: false,
  },
};

describe.runIf(process.platform === 'linux').each(Object.entries(ENDS))(
  '%s',
  (_name, { end, isHostGone }) => {
    it('no process is left', { timeout: 60_000 }, async () => {
      const files = { 'program.mjs': PROGRAM, 'stubborn.mjs': STUBBORN };
      const host = await spawnHost({ yaml: YAML, files });
      const url = await host.url();
      expect(processesIn(host.directory).map(({ pid }) => pid)).toContain(host.pid);
      await end({ host, url });
      await eventually(() => {
        const left = processesIn(host.directory).filter(
          ({ pid, command }) => pid !== host.pid && (isHostGone || !command.includes('reaper')),
        );
        expect(left).toEqual([]);
      });
    });
  },
);

/** Has programs started, and what they start: two processes for each. */
async function useAll({ host, url }: Running): Promise<void> {
  for (const path of ['shared', 'own', 'spare']) {
    expect((await callTool(`${url}/${path}/mcp`, 'whoami')).text).toMatch(/^\d+$/);
  }
  // The shared one, and at least one that waits for a request.
  expect(processesIn(host.directory).length).toBeGreaterThan(4);
}

/** Programs run in the folder of servers.yaml, and what they start does, too. */
function processesIn(directory: string): { pid: number; command: string }[] {
  const folder = realpathSync(directory);
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid)) return [];
    try {
      if (readlinkSync(`/proc/${pid}/cwd`) !== folder) return [];
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return [{ pid, command }];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}
