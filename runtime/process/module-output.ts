// What servers print to standard output becomes lines of the log: only the host writes to standard
// output itself.

import type { WriteStream } from 'node:tty';
import type { Logger } from 'pino';
import { setTimeout } from '../exchange/builtins.ts';
import { OutputLines } from '../exchange/output-lines.ts';
import { errorHere } from '../exchange/uncaught-error.ts';

/** Writes whose server is looked for in a window: a stack costs more than a line. */
const MAX_STACKS = 200;
const WINDOW_MS = 1_000;

type Done = (error?: Error | null) => void;

export interface ModuleOutputOptions {
  readonly log: Logger;
  /** The servers whose code is in the stack of an error. */
  readonly serversOf: (error: unknown) => readonly string[];
}

/**
 * From now on `process.stdout.write`, `process.stdout.end` and `console.log` write to the log.
 * Writes to the file descriptor itself, and those of child processes that inherit it, pass by.
 */
export function logModuleOutput(options: ModuleOutputOptions): void {
  const output = new ModuleOutput(options);
  takeWrites(process.stdout, (bytes) => output.write(bytes));
  // Before the listener that writes what the log has collected.
  process.prependListener('exit', () => output.flush());
}

/** From now on what is written to a stream of the process goes to `take`. */
export function takeWrites(
  stream: WriteStream & { fd: 1 | 2 },
  take: (bytes: string | Uint8Array) => void,
): void {
  const write = (chunk: unknown, encoding?: unknown, done?: unknown): true => {
    take(toBytes(chunk, encoding));
    const callback = typeof encoding === 'function' ? encoding : done;
    if (typeof callback === 'function') process.nextTick(callback as Done);
    return true;
  };
  const end = (...values: unknown[]): WriteStream => {
    const [chunk, encoding] = values;
    if (chunk !== undefined && chunk !== null && typeof chunk !== 'function') {
      take(toBytes(chunk, encoding));
    }
    const callback = values.find((each) => typeof each === 'function');
    if (callback) process.nextTick(callback as Done);
    return stream;
  };
  Object.assign(stream, { write, end });
}

class ModuleOutput {
  readonly #options: ModuleOutputOptions;
  readonly #sources = new Map<string, OutputLines>();
  #stacks = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ModuleOutputOptions) {
    this.#options = options;
  }

  write(bytes: string | Uint8Array): void {
    if (!this.#options.log.isLevelEnabled('info')) return;
    this.#timer ??= setTimeout(() => this.#endWindow(), WINDOW_MS).unref();
    const server = this.#writer();
    let source = this.#sources.get(server);
    if (!source) {
      const { log } = this.#options;
      source = new OutputLines(server === '' ? log : log.child({ server }), 'stdout');
      this.#sources.set(server, source);
    }
    source.write(bytes);
  }

  /** Logs what waits for the end of its line. */
  flush(): void {
    for (const source of this.#sources.values()) source.flush();
  }

  #endWindow(): void {
    this.#timer = undefined;
    this.#stacks = 0;
    this.flush();
  }

  /** Empty when it is not certain. */
  #writer(): string {
    if (this.#stacks >= MAX_STACKS) return '';
    this.#stacks += 1;
    const servers = this.#options.serversOf(errorHere());
    return servers.length === 1 ? (servers[0] as string) : '';
  }
}

/** @throws TypeError for what a stream refuses, too. */
function toBytes(chunk: unknown, encoding: unknown): string | Uint8Array {
  if (typeof chunk === 'string') {
    const isText = typeof encoding !== 'string' || /^utf-?8$/i.test(encoding);
    return isText ? chunk : Buffer.from(chunk, encoding as BufferEncoding);
  }
  if (ArrayBuffer.isView(chunk)) {
    return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
  throw Object.assign(
    new TypeError('The "chunk" argument must be a string, Buffer, TypedArray or DataView.'),
    { code: 'ERR_INVALID_ARG_TYPE' },
  );
}
