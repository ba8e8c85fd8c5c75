// How much memory the processes of a group hold.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { groupOf, processIds } from './proc.ts';

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
  await Promise.all(
    (await processIds()).map(async (id) => {
      // A process may end in between.
      const status = await readFile(`/proc/${id}/status`, 'latin1').catch(() => '');
      const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
      if (kilobytes === 0) return;
      const group = await groupOf(id);
      if (group !== undefined) add(memory, group, kilobytes);
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
