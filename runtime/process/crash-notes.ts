// Which servers ended a process of this app, and when, in a file that the next process reads:
// without it a server whose code throws at each start would restart the process indefinitely.

import { createHash, randomUUID } from 'node:crypto';
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
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

/**
 * So many ends of a process within {@link WINDOW_MS} make a server unavailable for {@link
 * PAUSE_MS}.
 */
const MAX_CRASHES = 3;
const WINDOW_MS = 10 * 60_000;
const PAUSE_MS = 30 * 60_000;
/** Larger files are not ours: old notes are left out at each writing. */
const MAX_FILE_BYTES = 65_536;
/** Of a crash in which no server can be named. A server has a name of at least one character. */
const NOBODY = '';

const notesSchema = z.array(z.object({ server: z.string(), at: z.int() }));

type Notes = z.infer<typeof notesSchema>;

/** What {@link CrashNotes.add} found. */
export interface CrashOutcome {
  /** Whether the file holds the note. */
  readonly isWritten: boolean;
  /** Whether it may go on like this indefinitely: nobody is to blame, or nothing can be noted. */
  readonly mayRepeat: boolean;
}

export class CrashNotes {
  /**
   * Of this app and port alone: a new deployment, or a new Functions host, has another port and
   * begins anew.
   */
  readonly file: string;

  constructor(serversFile: string, port: number, folder = tmpdir()) {
    const key = createHash('sha256').update(`${port} ${serversFile}`).digest('hex').slice(0, 16);
    this.file = join(folder, `functions-mcp-host-${key}.json`);
  }

  /** Notes that these servers, or nobody who is known, ended the process. Never throws. */
  add(servers: readonly string[]): CrashOutcome {
    const at = Date.now();
    const names = servers.length > 0 ? servers : [NOBODY];
    const notes = [...this.#read(at), ...names.map((server) => ({ server, at }))];
    const isWritten = this.#write(notes);
    const mayRepeat = !isWritten || pauseEnd(notes, NOBODY) > at;
    return { isWritten, mayRepeat };
  }

  /** How long this server is still unavailable, milliseconds; 0 when it is not. */
  pauseMs(server: string): number {
    const nowMs = Date.now();
    return Math.max(0, pauseEnd(this.#read(nowMs), server) - nowMs);
  }

  /** Notes that may still count. A file that is not ours, or not whole, says nothing. */
  #read(nowMs: number): Notes {
    try {
      // After the clock was set back, notes of the future would count for too long.
      return notesSchema
        .parse(JSON.parse(readOwn(this.file)))
        .filter(({ at }) => at <= nowMs && nowMs - at < WINDOW_MS + PAUSE_MS);
    } catch {
      return [];
    }
  }

  /**
   * As a new file that takes the place of the old one: whole at any time, and no link is followed.
   */
  #write(notes: Notes): boolean {
    const draft = `${this.file}.${randomUUID()}`;
    try {
      writeFileSync(draft, JSON.stringify(notes), { flag: 'wx', mode: 0o600 });
      renameSync(draft, this.file);
      return true;
    } catch {
      removeQuietly(draft);
      return false;
    }
  }
}

/**
 * When the pause of the last {@link MAX_CRASHES} crashes of a server ends; 0 without so many in
 * time.
 */
function pauseEnd(notes: Notes, server: string): number {
  const times = notes.filter((note) => note.server === server).map(({ at }) => at);
  const ends = times
    .toSorted((a, b) => a - b)
    .map((at, index, sorted) => {
      const first = sorted[index - MAX_CRASHES + 1];
      return first !== undefined && at - first <= WINDOW_MS ? at + PAUSE_MS : 0;
    });
  return Math.max(0, ...ends);
}

/** @throws for a link, another user's file, a pipe, or one that is too large. */
function readOwn(file: string): string {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  const descriptor = openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const { uid, size } = fstatSync(descriptor);
    const isOwn = process.getuid === undefined || uid === process.getuid();
    if (!isOwn || size > MAX_FILE_BYTES) throw new Error('Not a file of this process.');
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

function removeQuietly(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Nothing can be written there.
  }
}
