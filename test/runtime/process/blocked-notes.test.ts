// Which ends of blocked processes keep callers away, and from what.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { addBlockedNotes } from '../../../runtime/process/add-blocked-notes.ts';
import { BlockedNotes } from '../../../runtime/process/blocked-notes.ts';

const MINUTE_MS = 60_000;
const LOOP = { server: 'bad', operation: 'tools/call loop' };
const LOADING = { server: 'bad' };
let folder: string;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000_000_000 });
  folder = mkdtempSync(join(tmpdir(), 'blocked-notes-'));
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

const read = (): BlockedNotes => new BlockedNotes('/app/servers.yaml', 3000, folder);
const pass = (minutes: number): void => void vi.setSystemTime(Date.now() + minutes * MINUTE_MS);

test.each([
  ['one end', [0], 0],
  ['two within 30 minutes', [0, 30], 30],
  ['two within more', [0, 30.1], 0],
])('%s', (_, minutes, pauseMinutes) => {
  minutes.forEach((at, index) => {
    pass(at - (minutes[index - 1] ?? 0));
    addBlockedNotes(read().file, [LOOP]);
  });
  const end = pauseMinutes > 0 ? Date.now() + pauseMinutes * MINUTE_MS : undefined;
  expect(read().refused('bad').get(LOOP.operation)).toBe(end);
  expect(read().refused('other').size).toBe(0);
  expect(read().pauseMs('bad')).toBe(0);
  pass(30);
  expect(read().refused('bad').size).toBe(0);
});

test('a server that blocked twice while it was loaded is not started for 30 minutes', () => {
  addBlockedNotes(read().file, [LOADING, { server: 'innocent' }]);
  expect(read()).toMatchObject({ isLoadSuspected: true });
  addBlockedNotes(read().file, [LOADING]);
  expect(read().pauseMs('bad')).toBe(30 * MINUTE_MS);
  expect(read().pauseMs('innocent')).toBe(0);
  expect(read().refused('bad').size).toBe(0);
});

test.each(['tools/call', 'prompts/get'])(
  'what a server does not list is refused as a whole after ends in two of them: %s',
  (method) => {
    const listed = `${method} listed`;
    const isListed = (operation: string): boolean => operation === listed;
    const endOf = (server: string): number => read().unlistedEnd(server, method, isListed);
    const { file } = read();
    const note = (operation: string): unknown =>
      addBlockedNotes(file, [{ server: 'bad', operation }]);
    note(listed);
    note('logging/setLevel one');
    note(`${method} one`);
    note(`${method} one`);
    expect(endOf('bad')).toBe(0);
    pass(31);
    note(`${method} two`);
    expect(endOf('bad')).toBe(0);
    note(`${method} three`);
    expect(read().hasSeveral('bad', method)).toBe(true);
    expect(endOf('bad')).toBe(Date.now() + 30 * MINUTE_MS);
    expect(endOf('other')).toBe(0);
  },
);

test.each(['', '{', '{"a":1}', '[{"server":1}]'])(
  'a file that holds %j says nothing, and is replaced',
  (text) => {
    writeFileSync(read().file, text);
    expect(read().refused('bad').size).toBe(0);
    addBlockedNotes(read().file, [LOOP]);
    addBlockedNotes(read().file, [LOOP]);
    expect(read().refused('bad').size).toBe(1);
  },
);

test('many notes of long names push out the oldest only', () => {
  const { file } = read();
  addBlockedNotes(file, [LOOP]);
  for (let count = 0; count < 120; count += 1) {
    const operation = `tools/call ${count} ${'\u0001'.repeat(110)}`;
    addBlockedNotes(file, [{ server: 'other', operation }, LOOP]);
    expect(read().refused('bad').size).toBe(1);
  }
});
