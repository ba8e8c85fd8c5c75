// How the memory of a group of processes is read where /proc does not exist.

import { expect, test } from 'vitest';
import { groupMemoryBytes, parsePs } from '../../../../runtime/backends/command/memory.ts';

test('the lines of ps on macOS are summed by group', () => {
  const text = '    1   1024\n  501  20480\n  501    512\n   -      0\n 9001      0\n';
  expect(Object.fromEntries(parsePs(text))).toEqual({
    1: 1_024 * 1_024,
    501: 20_992 * 1_024,
    9001: 0,
  });
});

test('it cannot be read on Windows', async () => {
  expect(await groupMemoryBytes(process.pid, 'win32')).toBeUndefined();
});
