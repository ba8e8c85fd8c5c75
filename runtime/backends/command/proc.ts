// The processes of a Linux system, as /proc shows them.

import { readdir, readFile } from 'node:fs/promises';

/** Of all processes. */
export async function processIds(): Promise<string[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
}

/** @returns undefined for a process that has ended meanwhile. */
export async function groupOf(id: string): Promise<number | undefined> {
  const stat = await readFile(`/proc/${id}/stat`, 'latin1').catch(() => '');
  // Its second field, the name, may hold blanks and brackets.
  const [, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return group === undefined ? undefined : Number(group);
}
