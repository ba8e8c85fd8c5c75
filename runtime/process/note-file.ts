// A small file in the temporary folder that the next process of this app reads: its own, whole at
// any time, and no link is followed.

import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';

/** Larger files are not ours: old notes are left out at each writing. */
const MAX_FILE_BYTES = 65_536;

/** @throws for a link, another user's file, a pipe, or one that is too large or absent. */
export function readNotes(file: string): string {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  const descriptor = openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    // As BigInt, because it may be a pipe: see log-output.ts.
    const { uid, size } = fstatSync(descriptor, { bigint: true });
    const isOwn = process.getuid === undefined || uid === BigInt(process.getuid());
    if (!isOwn || size > MAX_FILE_BYTES) throw new Error('Not a file of this process.');
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

/**
 * As a new file that takes the place of the old one; without the oldest notes where it would be too
 * large to be read. @returns whether it could be written; never throws.
 */
export function writeNotes(file: string, notes: readonly unknown[]): boolean {
  const draft = `${file}.${crypto.randomUUID()}`;
  try {
    writeFileSync(draft, newestOf(notes), { flag: 'wx', mode: 0o600 });
    renameSync(draft, file);
    return true;
  } catch {
    removeQuietly(draft);
    return false;
  }
}

function newestOf(notes: readonly unknown[]): string {
  const text = JSON.stringify(notes);
  if (Buffer.byteLength(text) <= MAX_FILE_BYTES) return text;
  return newestOf(notes.slice(Math.ceil(notes.length / 8)));
}

/** When what happened so often within a time is forgiven. */
export interface PauseRule {
  readonly times: number;
  readonly windowMs: number;
  readonly pauseMs: number;
}

/** When the pause after the last of these times ends; 0 without so many within the window. */
export function pauseEnd(at: readonly number[], { times, windowMs, pauseMs }: PauseRule): number {
  const ends = at
    .toSorted((a, b) => a - b)
    .map((last, index, sorted) => {
      const first = sorted[index - times + 1];
      return first !== undefined && last - first <= windowMs ? last + pauseMs : 0;
    });
  return Math.max(0, ...ends);
}

function removeQuietly(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Nothing can be written there.
  }
}
