// Remembers which servers crashed a process of this app, in a file that the next process reads.
// Without it, a server that throws at each start would restart the process indefinitely.

import { z } from 'zod';
import { type PauseRule, pauseEnd, readNotes, writeNotes } from './note-file.ts';
import { noteFile } from './note-place.ts';

/** So many ends of a process within the window make a server unavailable for the pause. */
const RULE: PauseRule = { times: 3, windowMs: 10 * 60_000, pauseMs: 30 * 60_000 };
/** Of a crash in which no server can be named. A server has a name of at least one character. */
const NOBODY = '';

const notesSchema = z.array(z.object({ server: z.string(), at: z.int() }));

type Notes = z.infer<typeof notesSchema>;

/** What {@link CrashNotes.add} found. */
export interface CrashOutcome {
  /** Whether the file holds the note. */
  readonly isWritten: boolean;
  /** Whether it may go on like this indefinitely: no one is to blame, or nothing can be noted. */
  readonly mayRepeat: boolean;
}

export class CrashNotes {
  readonly file: string;

  constructor(serversFile: string, port: number, folder?: string) {
    this.file = noteFile(serversFile, port, folder);
  }

  /** Notes that these servers, or no one who is known, ended the process. Never throws. */
  add(servers: readonly string[]): CrashOutcome {
    const at = Date.now();
    const names = servers.length > 0 ? servers : [NOBODY];
    const notes = [...this.#read(at), ...names.map((server) => ({ server, at }))];
    const isWritten = writeNotes(this.file, notes);
    const mayRepeat = !isWritten || pauseOf(notes, NOBODY) > at;
    return { isWritten, mayRepeat };
  }

  /** How long this server is still unavailable, milliseconds; 0 when it is not. */
  pauseMs(server: string): number {
    const nowMs = Date.now();
    return Math.max(0, pauseOf(this.#read(nowMs), server) - nowMs);
  }

  /** Notes that may still count. A file that is not ours, or not whole, says nothing. */
  #read(nowMs: number): Notes {
    try {
      // After the clock was set back, notes of the future would count for too long.
      return notesSchema
        .parse(JSON.parse(readNotes(this.file)))
        .filter(({ at }) => at <= nowMs && nowMs - at < RULE.windowMs + RULE.pauseMs);
    } catch {
      return [];
    }
  }
}

function pauseOf(notes: Notes, server: string): number {
  const times = notes.filter((note) => note.server === server).map(({ at }) => at);
  return pauseEnd(times, RULE);
}
