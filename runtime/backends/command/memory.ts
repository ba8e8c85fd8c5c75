// How much memory the processes of a group hold.

import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What is asked for at one time is read once: all processes of the system have to be looked at. */
let reading: Promise<ReadonlyMap<number, number>> | undefined;

/** Resident memory, bytes; undefined where it cannot be read, or where nothing is left of it. */
export async function groupMemoryBytes(
  group: number,
  platform: NodeJS.Platform = process.platform,
): Promise<number | undefined> {
  if (platform !== 'linux' && platform !== 'darwin') return undefined;
  const read = platform === 'linux' ? readProc : readPs;
  reading ??= read()
    .catch(() => new Map<number, number>())
    .finally(() => {
      reading = undefined;
    });
  return (await reading).get(group);
}

async function readProc(): Promise<Map<number, number>> {
  const memory = new Map<number, number>();
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  await Promise.all(
    ids.map(async (id) => {
      // A process may end in between.
      const status = await readFile(`/proc/${id}/status`, 'latin1').catch(() => '');
      const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
      if (kilobytes === 0) return;
      const stat = await readFile(`/proc/${id}/stat`, 'latin1').catch(() => '');
      // Its second field, the name, may hold blanks and brackets.
      const [, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      add(memory, Number(group), kilobytes);
    }),
  );
  return memory;
}

async function readPs(): Promise<Map<number, number>> {
  const { stdout } = await run('/bin/ps', ['-A', '-o', 'pgid=,rss='], { maxBuffer: 2 ** 24 });
  return parsePs(stdout);
}

/** @param text lines of a group's id and kilobytes. */
export function parsePs(text: string): Map<number, number> {
  const memory = new Map<number, number>();
  for (const [, group, kilobytes] of text.matchAll(/^\s*(\d+)\s+(\d+)\s*$/gm)) {
    add(memory, Number(group), Number(kilobytes));
  }
  return memory;
}

function add(memory: Map<number, number>, group: number, kilobytes: number): void {
  memory.set(group, (memory.get(group) ?? 0) + kilobytes * 1_024);
}
