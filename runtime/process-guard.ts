// Keeps server modules from acting as if the process were theirs: `process.exit` and reading standard input fail,
// and what went wrong is attributed to the server whose files are in the stack.

import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';

export type Offence = 'ends-process' | 'connects-stdio';

/** Deep enough to reach a module's own file through the SDK and a bundler's wrappers. */
const STACK_DEPTH = 50;

/** Thrown into a server's code instead of ending the process or reading its standard input. */
export class OffenceError extends Error {
  readonly offence: Offence;

  constructor(offence: Offence) {
    super(
      offence === 'ends-process'
        ? 'process.exit is not available to a server: the process serves others too.'
        : 'Standard input is not available to a server: it is called over HTTP.',
    );
    this.name = 'OffenceError';
    this.offence = offence;
  }
}

export class ProcessGuard {
  /** The real `process.exit`, for this host's own lifecycle. */
  readonly exit: (code: number) => never;
  readonly #homes = new Map<string, readonly string[]>();
  readonly #offences = new Map<string, Offence>();
  readonly #restore: () => void;

  constructor() {
    const { exit } = process;
    const stdin = Object.getOwnPropertyDescriptor(process, 'stdin');
    this.exit = exit.bind(process) as (code: number) => never;
    process.exit = (() => this.#refuse('ends-process')) as typeof process.exit;
    const silentInput = this.#silentInput();
    Object.defineProperty(process, 'stdin', { configurable: true, get: () => silentInput });
    this.#restore = () => {
      process.exit = exit;
      if (stdin) Object.defineProperty(process, 'stdin', stdin);
    };
  }

  /** From now on stacks through `moduleFile` or files of its folder belong to `server`. */
  watch(server: string, moduleFile: string): void {
    const folder = dirname(moduleFile);
    this.#homes.set(
      server,
      [folder, pathToFileURL(folder).href].map((home) => `${home}/`),
    );
  }

  /** What the server did to the process so far, if anything. */
  offenceOf(server: string): Offence | undefined {
    return this.#offences.get(server);
  }

  /** The server whose files appear in the stack; the one with the longest folder when several do. */
  serverOf(error: unknown): string | undefined {
    const stack = error instanceof Error ? (error.stack ?? '') : '';
    let found: { server: string; length: number } | undefined;
    for (const [server, homes] of this.#homes) {
      const length = Math.max(...homes.map((home) => (stack.includes(home) ? home.length : 0)));
      if (length > (found?.length ?? 0)) found = { server, length };
    }
    return found?.server;
  }

  /** Gives the process its own `exit` and `stdin` back. */
  release(): void {
    this.#restore();
  }

  #refuse(offence: Offence): never {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = STACK_DEPTH;
    const error = new OffenceError(offence);
    Error.stackTraceLimit = limit;
    const server = this.serverOf(error);
    if (server && !this.#offences.has(server)) this.#offences.set(server, offence);
    throw error;
  }

  #silentInput(): Readable {
    const input = new Readable({ read() {} });
    const on = input.on.bind(input);
    const guarded = (event: string, listener: (...values: unknown[]) => void): Readable => {
      if (event === 'data' || event === 'readable') this.#refuse('connects-stdio');
      return on(event, listener);
    };
    return Object.assign(input, { on: guarded, addListener: guarded, once: guarded, fd: 0 });
  }
}
