// What a server prints outside of the thread of the host becomes lines of the log.

import type { Logger } from 'pino';
import { OutputLines, type OutputStream } from '../exchange/output-lines.ts';

const WINDOW_MS = 1_000;

export class Printer {
  readonly #lines: Readonly<Record<OutputStream, OutputLines>>;
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Logger) {
    this.#lines = {
      stdout: new OutputLines(log, 'stdout'),
      stderr: new OutputLines(log, 'stderr'),
    };
  }

  write(stream: OutputStream, bytes: Uint8Array): void {
    this.#timer ??= setTimeout(() => this.flush(), WINDOW_MS).unref();
    this.#lines[stream].write(bytes);
  }

  /** Shows what waits for the end of its line. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lines.stdout.flush();
    this.#lines.stderr.flush();
  }
}
