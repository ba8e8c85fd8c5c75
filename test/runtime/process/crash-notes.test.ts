// Which crashes count, and what a file that is not as it was written does to them.

import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CrashNotes } from '../../../runtime/process/crash-notes.ts';

const MINUTE_MS = 60_000;
let folder: string;
let notes: CrashNotes;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000_000_000 });
  folder = mkdtempSync(join(tmpdir(), 'crash-notes-'));
  notes = new CrashNotes('/app/servers.yaml', 3000, folder);
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

const pass = (minutes: number): void => void vi.setSystemTime(Date.now() + minutes * MINUTE_MS);

function crash(times: number, minutesBetween = 0): void {
  for (let time = 0; time < times; time += 1) {
    if (time > 0) pass(minutesBetween);
    notes.add(['bad']);
  }
}

test.each([
  ['two crashes', 2, 0, 0],
  ['three at once', 3, 0, 30],
  ['three within 10 minutes', 3, 5, 30],
  ['three within more than 10 minutes', 3, 5.1, 0],
])('%s', (_, times, minutesBetween, pauseMinutes) => {
  crash(times, minutesBetween);
  expect(notes.pauseMs('bad')).toBe(pauseMinutes * MINUTE_MS);
  expect(notes.pauseMs('other')).toBe(0);
});

test('a pause runs out after 30 minutes', () => {
  crash(3);
  pass(29);
  expect(notes.pauseMs('bad')).toBe(MINUTE_MS);
  pass(1);
  expect(notes.pauseMs('bad')).toBe(0);
});

test('crashes of the future do not count, after the clock was set back', () => {
  crash(3);
  pass(-1);
  expect(notes.pauseMs('bad')).toBe(0);
});

test.each(['', '{', '{"a":1}', '[{"server":1}]', `["${'x'.repeat(70_000)}"]`])(
  'a file that holds %.12s says nothing, and is replaced',
  (text) => {
    writeFileSync(notes.file, text);
    expect(notes.pauseMs('bad')).toBe(0);
    crash(3);
    expect(notes.pauseMs('bad')).toBe(30 * MINUTE_MS);
  },
);

test.skipIf(process.platform === 'win32')('a link is neither read nor written through', () => {
  crash(3);
  const target = join(folder, 'target');
  writeFileSync(target, readFileSync(notes.file));
  rmSync(notes.file);
  symlinkSync(target, notes.file);
  const before = readFileSync(target, 'utf8');
  expect(notes.pauseMs('bad')).toBe(0);
  expect(notes.add(['bad'])).toEqual({ isWritten: true, mayRepeat: false });
  expect(readFileSync(target, 'utf8')).toBe(before);
});

test('where nothing can be written, the crash may repeat', () => {
  const nowhere = new CrashNotes('/app/servers.yaml', 3000, join(folder, 'missing'));
  expect(nowhere.add(['bad'])).toEqual({ isWritten: false, mayRepeat: true });
  expect(nowhere.pauseMs('bad')).toBe(0);
});

test('three crashes that no server can be blamed for may repeat', () => {
  expect([1, 2, 3].map(() => notes.add([]).mayRepeat)).toEqual([false, false, true]);
});

test('another app, or the same on another port, has notes of its own', () => {
  crash(3);
  for (const other of [
    new CrashNotes('/other/servers.yaml', 3000, folder),
    new CrashNotes('/app/servers.yaml', 3001, folder),
  ]) {
    expect(other.pauseMs('bad')).toBe(0);
  }
});
