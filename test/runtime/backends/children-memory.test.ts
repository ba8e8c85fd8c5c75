// Whether another program may start, by the memory of those that run or are about to.

import { expect, test } from 'vitest';
import { ChildrenMemory } from '../../../runtime/backends/children-memory.ts';

const MIB = 1_024 * 1_024;

const running = (megabytes: number) => ({
  idleSince: undefined,
  memoryBytes: async () => megabytes * MIB,
  makeRoom: async () => {},
});

/** @returns how many of so many starts at one time were let through. */
async function startTogether(memory: ChildrenMemory, times: number) {
  const starts = await Promise.allSettled(Array.from({ length: times }, () => memory.makeRoom()));
  return starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
}

test('programs that start at one time count before they have grown', async () => {
  const memory = new ChildrenMemory(300);
  expect(await startTogether(memory, 20)).toHaveLength(5);
});

test('one that starts is taken to be as large as those that run', async () => {
  const memory = new ChildrenMemory(300);
  memory.add(running(100));
  expect(await startTogether(memory, 20)).toHaveLength(2);
});

test('one that has started, or failed to, makes room for the next one once', async () => {
  const memory = new ChildrenMemory(100);
  const [first, second, ...more] = await startTogether(memory, 3);
  expect(more).toEqual([]);
  first?.();
  first?.();
  await expect(memory.makeRoom()).resolves.toBeTypeOf('function');
  await expect(memory.makeRoom()).rejects.toMatchObject({ reason: 'overloaded' });
  second?.();
});
