// Keeps server modules from acting as if the process were theirs: `process.exit` and reading
// standard input fail, and what went wrong is attributed to the server whose files are in the
// stack.

import { syncBuiltinESMExports } from 'node:module';
import { dirname, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ForbiddenAccessError, silentInput } from '../exchange/forbidden-access.ts';
import type { ForbiddenAccess } from '../exchange/unavailability.ts';
import { stackOf } from '../exchange/uncaught-error.ts';

const LISTENER_METHODS = [
  'on',
  'once',
  'addListener',
  'prependListener',
  'prependOnceListener',
  'off',
  'removeListener',
  'removeAllListeners',
] as const;

/** Deep enough to reach a module's own file through the SDK and a bundler's wrappers. */
const STACK_DEPTH = 50;

export class ProcessGuard {
  /** The real `process.exit`, for this host's own lifecycle. */
  readonly exit: (code: number) => never;
  /** Servers by the texts that their code leaves in a stack: the module's file, and its folder. */
  readonly #homes = new Map<string, Set<string>>();
  readonly #forbiddenAccesses = new Map<string, ForbiddenAccess>();
  #restore: () => void;
  #isEnding = false;

  constructor() {
    const { exit } = process;
    const stdin = Object.getOwnPropertyDescriptor(process, 'stdin');
    this.exit = (code) => {
      this.#isEnding = true;
      return exit.call(process, code);
    };
    process.exit = (() => this.#refuse('ends-process')) as typeof process.exit;
    const input = silentInput(() => this.#refuse('connects-stdio'));
    Object.defineProperty(process, 'stdin', { configurable: true, get: () => input });
    // For `import { exit } from 'node:process'`.
    syncBuiltinESMExports();
    this.#restore = () => {
      process.exit = exit;
      if (stdin) Object.defineProperty(process, 'stdin', stdin);
      syncBuiltinESMExports();
    };
  }

  /** From now on stacks through `moduleFile` or files of its folder belong to `server`. */
  watch(server: string, moduleFile: string): void {
    const folder = dirname(moduleFile) + sep;
    // A module beside the host's own code says nothing by its folder.
    const isBesideHost = import.meta.filename.startsWith(folder);
    for (const path of isBesideHost ? [moduleFile] : [moduleFile, folder]) {
      const end = path === folder ? '' : ':';
      for (const home of [path + end, pathToFileURL(path).href + end]) {
        this.#homes.set(home, (this.#homes.get(home) ?? new Set()).add(server));
      }
    }
  }

  /**
   * What the server did to the process so far, if anything; `error` is what it threw, if it did.
   */
  forbiddenAccessOf(server: string, error?: unknown): ForbiddenAccess | undefined {
    if (error instanceof ForbiddenAccessError) return error.access;
    return this.#forbiddenAccesses.get(server);
  }

  /** The server whose code appears in the stack; all of them where several share that code. */
  serversOf(error: unknown): readonly string[] {
    return [...this.#homeOf(error).servers];
  }

  /**
   * From now on listeners of these signals are neither registered nor removed: servers would close
   * themselves under the calls that the host still answers, or take the host's own away, and one
   * that is built for each call would add a listener each time.
   */
  keepSignals(signals: readonly NodeJS.Signals[]): void {
    const kept = new Set<string | symbol>(signals);
    const restore = this.#restore;
    const originals = Object.fromEntries(LISTENER_METHODS.map((name) => [name, process[name]]));
    for (const name of LISTENER_METHODS) {
      const original = process[name] as (event: string | symbol, listener: () => void) => unknown;
      const guarded = (event: string | symbol, listener: () => void): unknown =>
        kept.has(event) ? process : original.call(process, event, listener);
      Object.assign(process, { [name]: guarded });
    }
    this.#restore = () => {
      Object.assign(process, originals);
      restore();
    };
  }

  /** Gives the process its own `exit` and `stdin` back. */
  release(): void {
    this.#restore();
  }

  /** The longest of the homes in the stack, so a file before its folder. */
  #homeOf(error: unknown): { home: string; servers: ReadonlySet<string> } {
    const stack = stackOf(error);
    let found = { home: '', servers: new Set<string>() };
    for (const [home, servers] of this.#homes) {
      if (home.length > found.home.length && stack.includes(home)) found = { home, servers };
    }
    return found;
  }

  #refuse(access: ForbiddenAccess): never {
    // What servers do in their own `exit` listeners must not change how the process ends.
    if (this.#isEnding) return undefined as never;
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = STACK_DEPTH;
    const error = new ForbiddenAccessError(access);
    Error.stackTraceLimit = limit;
    const { home, servers } = this.#homeOf(error);
    // A folder may hold the modules of several servers; then it is not known whose fault it was.
    const isCertain = home.endsWith(':') || servers.size === 1;
    for (const server of isCertain ? servers : []) {
      if (!this.#forbiddenAccesses.has(server)) this.#forbiddenAccesses.set(server, access);
    }
    throw error;
  }
}
