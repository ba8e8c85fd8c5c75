// What a program prints to a stream that is no protocol: always drained, since a full pipe would
// hang the program. Its lines go to the log within limits, and its end explains a failure.

import { bounded } from '../../exchange/bounded-text.ts';
import { Allowance } from './allowance.ts';
import type { ChildLog } from './child-log.ts';
import type { Hide } from './hide.ts';

const TAIL_BYTES = 2_048;
const MAX_LINE_BYTES = 4_096;
const MAX_LINES = 100;
const WINDOW_MS = 1_000;
const NEWLINE = 0x0a;

export class ProgramOutput {
  readonly #stream: 'stdout' | 'stderr';
  readonly #log: ChildLog;
  readonly #hide: Hide;
  readonly #tailBytes: number;
  readonly #allowance = new Allowance(MAX_LINES, WINDOW_MS);
  #tail: Buffer = Buffer.alloc(0);
  /** The beginning of a line that has not ended. */
  #line: Buffer = Buffer.alloc(0);

  constructor(stream: 'stdout' | 'stderr', log: ChildLog, hide: Hide) {
    this.#stream = stream;
    this.#log = log;
    this.#hide = hide;
    this.#tailBytes = TAIL_BYTES + hide.restBytes;
  }

  push(chunk: Buffer): void {
    // Copied: a view would keep the whole chunk in memory.
    this.#tail = Buffer.concat([this.#tail, chunk.subarray(-this.#tailBytes)]).subarray(
      -this.#tailBytes,
    );
    if (this.#log.isLevelEnabled('debug')) this.#logLines(chunk);
  }

  /** Logs what waits for the end of its line. */
  end(): void {
    if (this.#line.length > 0) this.#endLine();
    this.#tellDropped();
  }

  /** The last 2 KiB. */
  get tail(): string {
    let start = 0;
    // A character that was cut at its front.
    while (start < 3 && ((this.#tail[start] ?? 0) & 0xc0) === 0x80) start += 1;
    const text = this.#hide.in(this.#tail.toString('utf8', start));
    // A value that was cut at its front is not found.
    const isCut = this.#tail.length === this.#tailBytes;
    return (isCut ? text.slice(this.#hide.restBytes) : text).slice(-TAIL_BYTES).trim();
  }

  #logLines(chunk: Buffer): void {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      this.#extend(chunk.subarray(start, end < 0 ? undefined : end));
      if (end < 0) return;
      this.#endLine();
      start = end + 1;
    }
  }

  #extend(piece: Buffer): void {
    const room = MAX_LINE_BYTES - this.#line.length;
    if (room > 0 && piece.length > 0) {
      this.#line = Buffer.concat([this.#line, piece.subarray(0, room)]);
    }
  }

  #endLine(): void {
    const line = this.#line;
    this.#line = Buffer.alloc(0);
    if (!this.#allowance.take()) return;
    this.#tellDropped();
    const text = this.#hide.in(line.toString('utf8')).trimEnd();
    if (text !== '') this.#log.debug({ stream: this.#stream }, bounded(text, MAX_LINE_BYTES) ?? '');
  }

  #tellDropped(): void {
    const dropped = this.#allowance.takeRefused();
    if (dropped > 0) this.#log.debug({ stream: this.#stream, dropped }, 'lines of output dropped');
  }
}
