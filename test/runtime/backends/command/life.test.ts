// The start and the end of a program: how it ends is told at once, and nothing of it is left.

import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Unavailability } from '../../../../runtime/exchange/unavailability.ts';
import { isAlive, start, startFault } from './programs.ts';

const isWindows = process.platform === 'win32';

test('a program that exits at once: its code and its last words', async () => {
  const { child, ends } = await startFault('exit-at-once', ['3']);
  const end = await child.gone;
  expect(end).toEqual({ code: 3, signal: null, stderr: 'cannot start: no token' });
  expect(ends).toEqual([end]);
  // Nobody reads it any more.
  child.send({ jsonrpc: '2.0', id: 1, method: 'late' });
});

test('what a program answers before it exits arrives before its end', async () => {
  const { ask, child, ends } = await startFault('exit-in-call', ['137']);
  expect(await ask('last')).toMatchObject({ result: { method: 'last' } });
  await child.gone;
  expect(ends).toEqual([{ code: 137, signal: null, stderr: '' }]);
});

test.skipIf(isWindows)('a program that is killed: the signal', async () => {
  const { child } = await startFault('killed-in-call');
  child.send({ jsonrpc: '2.0', id: 1, method: 'die' });
  await expect(child.gone).resolves.toMatchObject({ code: null, signal: 'SIGKILL' });
});

test('a program that ends with its input is ended by that, and end may be called again', async () => {
  const { ask, child, ends } = await startFault('echo');
  await ask('one');
  await Promise.all([child.end(), child.end('memory')]);
  expect(ends).toEqual([{ code: 0, signal: null, cause: 'ended', stderr: '' }]);
  await child.end();
  expect(await isAlive(child.pid)).toBe(false);
});

test.skipIf(isWindows)(
  'a program that ignores the end of its input and SIGTERM is killed, with what it has started',
  async () => {
    const { child, told, ends } = await startFault('stubborn');
    const { pid } = await told('grandchild');
    await child.end();
    expect(ends).toMatchObject([{ code: null, signal: 'SIGKILL', cause: 'ended' }]);
    expect(await isAlive(child.pid)).toBe(false);
    expect(await isAlive(pid as number)).toBe(false);
  },
);

test('a limit shortens an end that is under way', async () => {
  const { child, told } = await startFault('stubborn');
  await told('grandchild');
  const startedAt = performance.now();
  const slow = child.end();
  await child.end('ended', 90);
  await slow;
  // Its two steps of 2 s would have taken longer.
  expect(performance.now() - startedAt).toBeLessThan(3_500);
});

test.skipIf(isWindows)('what a program leaves behind at its exit is killed', async () => {
  const { child, told } = await startFault('leaves');
  const { pid } = await told('grandchild');
  child.send({ jsonrpc: '2.0', id: 1, method: 'exit' });
  await expect(child.gone).resolves.toMatchObject({ code: 0 });
  expect(await isAlive(pid as number)).toBe(false);
});

test('a crash loop leaves nothing behind', async () => {
  const pids: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    const { child, told } = await startFault('leaves');
    const { pid } = await told('grandchild');
    child.send({ jsonrpc: '2.0', id: 1, method: 'exit' });
    await child.gone;
    pids.push(child.pid, pid as number);
  }
  const alive = await Promise.all(pids.map(isAlive));
  expect(alive.filter(Boolean)).toEqual([]);
});

test.skipIf(isWindows)('the memory of a program is that of its group', async () => {
  const { child, told } = await startFault('memory', ['200']);
  await told('ready');
  const bytes = (await child.memoryBytes()) ?? 0;
  expect(bytes).toBeGreaterThan(200 * 1_048_576);
  expect(bytes).toBeLessThan(600 * 1_048_576);
  await child.end();
  expect(await child.memoryBytes()).toBeUndefined();
});

const folder = mkdtempSync(join(tmpdir(), 'mcp-host-life-'));

test.skipIf(isWindows).each([
  ['missing', join(folder, 'missing'), undefined, undefined, /missing\. Fix|working folder/],
  ['without execute bit', join(folder, 'plain'), '#!/bin/sh\n', 0o644, /chmod \+x/],
  ['without its interpreter', join(folder, 'script'), '#!/no/such\n', 0o755, /first line/],
])(
  'a file that cannot be started, %s, is told with the way out',
  async (_, file, text, mode, expected) => {
    if (text !== undefined) writeFileSync(file, text);
    if (mode !== undefined) chmodSync(file, mode);
    const fault = await start({ program: { file, args: [] } }).then(
      () => undefined,
      (error) => error,
    );
    expect(fault).toBeInstanceOf(Unavailability);
    expect(fault).toMatchObject({ word: 'program-not-started', isFinal: false });
    expect(fault.message).toMatch(expected);
  },
);

test('a working folder that is missing is told', async () => {
  const program = { file: process.execPath, args: ['-v'] };
  await expect(start({ program, cwd: join(folder, 'none') })).rejects.toThrow(/working folder/);
});
