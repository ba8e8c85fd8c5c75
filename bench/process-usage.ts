// What the operating system says of a process and its children: CPU time and memory. Linux only.

import { readdirSync, readFileSync } from 'node:fs';

/** User and system time so far of a process tree, milliseconds, to the nanosecond that the scheduler counts. */
export function cpuMsOf(pid: number): number {
  return sum(treeOf(pid).flatMap(tasksOf), (task) => {
    const [runtimeNs] = readFileSync(`${task}/schedstat`, 'utf8').split(' ');
    return Number(runtimeNs) / 1e6;
  });
}

/** Resident memory of a process tree, megabytes (2^20 bytes). */
export function rssMbOf(pid: number): number {
  return sum(treeOf(pid), (member) => {
    const status = readFileSync(`/proc/${member}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
  });
}

function treeOf(pid: number): number[] {
  const children = tasksOf(pid).flatMap((task) =>
    readFileSync(`${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(treeOf)];
}

function tasksOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}`);
}

function sum<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
