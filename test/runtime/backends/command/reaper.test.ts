// No program outlives the host, however that ends. The host is a real process here, of the built
// code, and it is killed.

import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { isAlive } from './programs.ts';

const PARENT = join(import.meta.dirname, '../../../fixtures/programs/parent.mjs');

const parents: ChildProcess[] = [];
const spared: number[] = [];

afterEach(() => {
  for (const parent of parents.splice(0)) parent.kill('SIGKILL');
  for (const pid of spared.splice(0)) process.kill(pid, 'SIGKILL');
});

interface Told {
  readonly pids: readonly number[];
  readonly spared: number;
}

function startParent(mode: string) {
  const parent = spawn(process.execPath, [PARENT, mode, join(process.cwd(), 'dist')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  parents.push(parent);
  const lines = createInterface({ input: parent.stdout })[Symbol.asyncIterator]();
  const told = async () => JSON.parse((await lines.next()).value as string) as Told;
  return { parent, told };
}

async function expectGone(pids: readonly number[]): Promise<void> {
  await eventually(async () => {
    const alive = await Promise.all(pids.map(isAlive));
    expect(alive).toEqual(pids.map(() => false));
  });
}

test('a host that is killed leaves no program and nothing that one has started', async () => {
  const { parent, told } = startParent('killed');
  const { pids } = await told();
  expect(await Promise.all(pids.map(isAlive))).toEqual([true, true]);
  parent.kill('SIGKILL');
  await expectGone(pids);
});

test('a host that exits without closing anything leaves none', async () => {
  const { parent, told } = startParent('exits');
  const { pids } = await told();
  parent.stdin?.write('exit\n');
  await expectGone(pids);
});

test('a group that was reported as ended is never killed', async () => {
  const { parent, told } = startParent('reported');
  const { pids, spared: other } = await told();
  spared.push(other);
  parent.kill('SIGKILL');
  await expectGone(pids);
  expect(await isAlive(other)).toBe(true);
});

const isLinux = process.platform === 'linux';

test.runIf(isLinux)('signals that were meant for the host do not end the reaper', async () => {
  const { parent, told } = startParent('killed');
  const { pids } = await told();
  const reaper = await eventually(() => reaperOf(parent.pid as number));
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.kill(reaper, signal);
  parent.kill('SIGKILL');
  await expectGone(pids);
});

test.runIf(isLinux)('a reaper that was killed is started again with the next program', async () => {
  const { parent, told } = startParent('reaper-ends');
  const reaper = await eventually(() => reaperOf(parent.pid as number));
  process.kill(reaper, 'SIGKILL');
  await expectGone([reaper]);
  parent.stdin?.write('next\n');
  const { pids } = await told();
  await eventually(() => reaperOf(parent.pid as number));
  parent.kill('SIGKILL');
  await expectGone(pids);
});

/** The reaper that listens already. @throws when there is none. */
function reaperOf(parent: number): number {
  const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && isReaperOf(parent, name));
  if (pid === undefined) throw new Error('no reaper yet');
  return Number(pid);
}

function isReaperOf(parent: number, pid: string): boolean {
  try {
    const isOwn = new RegExp(`\\) S ${parent} `).test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    return isOwn && readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith('mcp-host-reaper');
  } catch {
    return false;
  }
}
