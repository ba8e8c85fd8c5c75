// Writes log lines to standard output. If writing fails, requests still work: lost lines are
// counted, and lines that wait for a slow reader are bounded.

// `sonic-boom`, which pino brings, retries at the exit indefinitely when the disk is full, and
// writes to whatever has the number of a descriptor that was closed.
import fs from 'node:fs';
import { isatty } from 'node:tty';
import { clearTimeout, nowMs, setTimeout } from '../exchange/builtins.ts';
import type { LineSink } from '../exchange/line-sink.ts';

const { write, writeSync, fstatSync } = fs;
const { wait } = Atomics;
const { kill, pid } = process;

/** Collected lines: performance.md. They are also written when the process exits. */
const COLLECTED_BYTES = 32_768;
/** What a pipe holds. */
const MAX_WRITE_BYTES = 65_536;
/** Longest time that a line waits to be written, milliseconds; also until another try. */
const FLUSH_INTERVAL_MS = 100;
/** Lines for a reader that has fallen behind; newer ones are lost. */
const MAX_WAITING_BYTES = 4_194_304;
/** At the exit a reader that has fallen behind gets this long. */
const EXIT_LIMIT_MS = 200;
const EXIT_RETRY_MS = 10;
const LINE_END = 10;
const NOTHING = Buffer.alloc(0);

export class LogOutput implements LineSink {
  readonly #fd: number;
  /** Tells another file apart that got the number after ours was closed. */
  readonly #identity: string;
  readonly #isTerminal: boolean;
  #lines: Buffer[] = [];
  /** Being written: whole lines, of the first of which a part may have been written. */
  #chunk: Buffer = NOTHING;
  #startsLine = true;
  /** Of lines and chunk. */
  #bytes = 0;
  #isWriting = false;
  /** The reader has fallen behind: the timer brings another try. */
  #isStalled = false;
  #timer: NodeJS.Timeout | undefined;
  #waiters: (() => void)[] = [];
  #lost = 0;
  #untold = 0;
  #tellLost: (lines: number) => void = () => {};

  constructor(fd = 1) {
    // Node makes a pipe non-blocking then. A write that blocks in a thread of Node would keep the
    // process from exiting.
    if (fd === 1) void process.stdout;
    this.#fd = fd;
    this.#identity = identityOf(fd);
    this.#isTerminal = isatty(fd);
  }

  get lostLines(): number {
    return this.#lost;
  }

  onRecovered(tell: (lines: number) => void): void {
    this.#tellLost = tell;
  }

  write(line: string): void {
    const bytes = Buffer.from(line);
    if (this.#bytes + bytes.length > MAX_WAITING_BYTES) {
      this.#lose(1);
      return;
    }
    this.#lines.push(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes >= COLLECTED_BYTES && !this.#isStalled) this.#start();
    else this.#timer ??= this.#startLater();
  }

  flush(done: () => void): void {
    this.#waiters.push(done);
    if (!this.#isStalled) this.#start();
  }

  writeNow(): void {
    if (this.#isWriting) {
      // A terminal that was stopped (Ctrl+S) keeps its writer, and so the process, indefinitely.
      if (this.#isTerminal) kill.call(process, pid, 'SIGKILL');
      // The exit waits for that write, and what is written meanwhile could stand in the middle of it.
      return;
    }
    const untilMs = nowMs() + EXIT_LIMIT_MS;
    if (this.#untold > 0) this.#tell();
    while (this.#fill() && nowMs() < untilMs) {
      try {
        this.#advance(writeSync(this.#fd, this.#chunk));
      } catch (error) {
        if (!isBusy(error)) return;
        wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, EXIT_RETRY_MS);
      }
    }
  }

  #startLater(): NodeJS.Timeout {
    return setTimeout(() => this.#start(), FLUSH_INTERVAL_MS).unref();
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isStalled = false;
    if (this.#isWriting) return;
    if (this.#bytes === 0) this.#rest();
    else if (!this.#fill()) this.#fail();
    else {
      this.#isWriting = true;
      write(this.#fd, this.#chunk, 0, this.#chunk.length, null, (error, written) => {
        this.#isWriting = false;
        this.#end(error, written);
      });
    }
  }

  #end(error: NodeJS.ErrnoException | null, written: number): void {
    if (error && !isBusy(error)) {
      this.#fail();
      return;
    }
    if (error || written === 0) {
      this.#isStalled = true;
      this.#timer ??= this.#startLater();
      return;
    }
    this.#advance(written);
    if (this.#untold > 0) this.#tell();
    const mustGoOn = this.#chunk.length > 0 || this.#waiters.length > 0;
    if (mustGoOn || this.#bytes >= COLLECTED_BYTES) this.#start();
    else if (this.#bytes > 0) this.#timer ??= this.#startLater();
  }

  /** @returns false when there is nothing to write, or nowhere. */
  #fill(): boolean {
    if (this.#bytes === 0 || identityOf(this.#fd) !== this.#identity) return false;
    if (this.#chunk.length > 0) return true;
    let bytes = 0;
    let count = 0;
    for (const { length } of this.#lines) {
      if (count > 0 && bytes + length > MAX_WRITE_BYTES) break;
      bytes += length;
      count += 1;
    }
    this.#chunk = Buffer.concat(this.#lines.splice(0, count), bytes);
    return true;
  }

  #advance(written: number): void {
    if (written === 0) return;
    this.#startsLine = this.#chunk[written - 1] === LINE_END;
    this.#chunk = this.#chunk.subarray(written);
    this.#bytes -= written;
  }

  /** What waits is lost, but for the end of a line that has begun: it must not run into the next. */
  #fail(): void {
    const end = this.#startsLine ? 0 : this.#chunk.indexOf(LINE_END) + 1;
    this.#lose(countLines(this.#chunk.subarray(end)) + this.#lines.length);
    this.#chunk = this.#chunk.subarray(0, end);
    this.#lines = [];
    this.#bytes = this.#chunk.length;
    this.#rest();
  }

  #rest(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const done of waiters) done();
  }

  #lose(lines: number): void {
    this.#lost += lines;
    this.#untold += lines;
  }

  #tell(): void {
    const lines = this.#untold;
    this.#untold = 0;
    this.#tellLost(lines);
  }
}

function isBusy(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EAGAIN' || code === 'EBUSY';
}

function identityOf(fd: number): string {
  try {
    // As BigInt: after the other form told of a pipe, Node 20 takes links for the files that modules
    // are loaded from, and so loads them twice (`realpathSync` reads what the last call left).
    const { dev, ino, rdev } = fstatSync(fd, { bigint: true });
    return `${dev} ${ino} ${rdev}`;
  } catch {
    return 'closed';
  }
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (const byte of bytes) if (byte === LINE_END) count += 1;
  return count;
}
