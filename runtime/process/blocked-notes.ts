// Remembers which tools and servers blocked a process of this app, in a file that the next process
// reads. Without it, each call of such a tool would end a process, and the Functions host stops the
// app after three.

import { z } from 'zod';
import { type PauseRule, pauseEnd, readNotes } from './note-file.ts';
import { blockedNotesFile } from './note-place.ts';

/** So many ends within the window keep callers away from what was named, for the pause. */
const RULE: PauseRule = { times: 2, windowMs: 30 * 60_000, pauseMs: 30 * 60_000 };

const noteSchema = z.object({
  server: z.string(),
  /** Absent for a server that was loaded or built, or that ran a timer of its own. */
  operation: z.string().optional(),
  at: z.int(),
});

type BlockedNote = z.infer<typeof noteSchema>;

/** Read once: only the end of a process adds to them. */
export class BlockedNotes {
  readonly file: string;
  /** Those that may still count. */
  readonly #fresh: readonly BlockedNote[];

  constructor(serversFile: string, port: number, folder?: string) {
    this.file = blockedNotesFile(serversFile, port, folder);
    this.#fresh = read(this.file, Date.now());
  }

  /** Whether servers have to be loaded one by one, so that the next end names the right one. */
  get isLoadSuspected(): boolean {
    return this.#fresh.some(({ operation }) => operation === undefined);
  }

  /** How long this server is not to be started, milliseconds. */
  pauseMs(server: string): number {
    return Math.max(0, this.#end(server, undefined) - Date.now());
  }

  /** Until when operations of this server are refused, by `Date.now()`. */
  refused(server: string): ReadonlyMap<string, number> {
    const operations = this.#fresh.flatMap((note) =>
      note.server === server && note.operation !== undefined ? [note.operation] : [],
    );
    const ends = operations.map((each) => [each, this.#end(server, each)] as const);
    return new Map(ends.filter(([, end]) => end > Date.now()));
  }

  /**
   * A server that takes any name would block under another one each time.
   * @param method whose requests have names: see operationOf.
   * @param isListed whether the server lists what this operation names.
   * @returns until when requests of this method for what it does not list are refused, by
   * `Date.now()`; 0 where processes were blocked in fewer than two of them.
   */
  unlistedEnd(server: string, method: string, isListed: (operation: string) => boolean): number {
    const latest = new Map<string, number>();
    for (const note of this.#namedOf(server, method)) {
      if (!isListed(note.operation)) latest.set(note.operation, note.at);
    }
    return pauseEnd([...latest.values()], RULE);
  }

  /** Whether {@link unlistedEnd} may ever be more than 0. */
  hasSeveral(server: string, method: string): boolean {
    return new Set(this.#namedOf(server, method).map(({ operation }) => operation)).size > 1;
  }

  #namedOf(server: string, method: string) {
    return this.#fresh.flatMap(({ operation, ...note }) =>
      note.server === server && operation?.startsWith(`${method} `) ? [{ ...note, operation }] : [],
    );
  }

  #end(server: string, operation: string | undefined): number {
    const times = this.#fresh
      .filter((note) => note.server === server && note.operation === operation)
      .map(({ at }) => at);
    return pauseEnd(times, RULE);
  }
}

function read(file: string, nowMs: number): readonly BlockedNote[] {
  try {
    // A line that is not a note stays in the file until enough notes have come.
    return (
      z
        .array(z.unknown())
        .parse(JSON.parse(readNotes(file)))
        .flatMap((each) => noteSchema.safeParse(each).data ?? [])
        // After the clock was set back, notes of the future would count for too long.
        .filter(({ at }) => at <= nowMs && nowMs - at < RULE.windowMs + RULE.pauseMs)
    );
  } catch {
    return [];
  }
}
