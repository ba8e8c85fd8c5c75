// What the operating system says of a process and its children: CPU time and memory. Linux only.

import { readdirSync, readFileSync } from 'node:fs';

/** User and system time so far of processes, milliseconds, to the nanosecond that the scheduler counts. */
export function cpuMsOf(pids: readonly number[]): number {
  return sum(pids.flatMap(tasksOf), (task) => {
    const [runtimeNs] = readFileSync(`${task}/schedstat`, 'utf8').split(' ');
    return Number(runtimeNs) / 1e6;
  });
}

/** Resident memory of processes, megabytes (2^20 bytes). */
export function rssMbOf(pids: readonly number[]): number {
  return sum(pids, (pid) => {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
  });
}

/** A process and all that it started. */
export function treeOf(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(treeOf)];
}

/** @returns none for a process that has ended: those that a program starts come and go. */
function childrenOf(pid: number): number[] {
  try {
    return tasksOf(pid).flatMap((task) =>
      readFileSync(`${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return [];
    throw error;
  }
}

function tasksOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}`);
}

function sum<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
