// Keeps server modules from treating the process as their own: `process.exit` and reading standard
// input fail, and errors are attributed to the server whose files are in the stack.

import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { ForbiddenAccessError, silentInput } from '../exchange/forbidden-access.ts';
import type { ForbiddenAccess } from '../exchange/unavailability.ts';
import { errorHere, stackOf } from '../exchange/uncaught-error.ts';
import { homesOf } from './homes.ts';

const { addListener, listeners } = process;

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

/** Standard input, output and error: other files would get their numbers. */
const isStandard = (fd: number): boolean => fd >= 0 && fd <= 2;

type Listener = (value: unknown) => void;
/** What `process.exit` ends with; `process` itself and what it emits are in reach of servers. */
type ReallyExit = (code: number) => never;

export class ProcessGuard {
  /** The real `process.exit`, for this host's own lifecycle. */
  readonly exit: (code: number) => never;
  /** Servers by the texts that their code leaves in a stack: the module's file, and its folder. */
  readonly #homes = new Map<string, Set<string>>();
  readonly #attributed = new WeakMap<object, readonly string[]>();
  readonly #forbiddenAccesses = new Map<string, ForbiddenAccess>();
  #own: { readonly event: string; readonly listener: Listener } | undefined;
  #restore: () => void;
  #isEnding = false;

  constructor() {
    const { exit, emit, kill, pid } = process;
    const { reallyExit } = process as unknown as { reallyExit: ReallyExit };
    const { close, closeSync } = fs;
    const stdin = Object.getOwnPropertyDescriptor(process, 'stdin');
    this.exit = (code) => {
      this.#isEnding = true;
      // Not `exit`: it trusts `process.emit`, `process.exitCode` and the listeners of servers.
      try {
        Reflect.apply(emit, process, ['exit', code]);
      } catch {
        // The end of the process waits for no listener.
      }
      try {
        return reallyExit.call(process, code);
      } catch {
        return kill.call(process, pid, 'SIGKILL') as never;
      }
    };
    fs.closeSync = (fd) => void (isStandard(fd) || closeSync(fd));
    fs.close = ((fd, done) => {
      if (!isStandard(fd)) close(fd, done);
      else if (done) process.nextTick(done, null);
    }) as typeof fs.close;
    process.exit = (() => this.#refuse('ends-process')) as typeof process.exit;
    const input = silentInput(() => this.#refuse('connects-stdio'));
    Object.defineProperty(process, 'stdin', { configurable: true, get: () => input });
    // For `import { exit } from 'node:process'`.
    syncBuiltinESMExports();
    this.#restore = () => {
      process.exit = exit;
      Object.assign(fs, { close, closeSync });
      if (stdin) Object.defineProperty(process, 'stdin', stdin);
      syncBuiltinESMExports();
    };
  }

  /** From now on stacks through `moduleFile` or files of its folder belong to `server`. */
  watch(server: string, moduleFile: string): void {
    for (const home of homesOf(moduleFile)) {
      this.#homes.set(home, (this.#homes.get(home) ?? new Set()).add(server));
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
    return this.#attributed.get(error as object) ?? [...this.#homeOf(error).servers];
  }

  /** From now on this error belongs to these servers, whatever its stack says. */
  attribute(error: unknown, servers: readonly string[]): void {
    if (typeof error === 'object' && error !== null) this.#attributed.set(error, servers);
  }

  /**
   * From now on listeners of these signals are neither registered nor removed: servers would close
   * themselves under the calls that the host still answers, or take the host's own away, and one
   * that is built for each call would add a listener each time.
   */
  keepListeners(signals: readonly NodeJS.Signals[]): void {
    const kept = new Set<unknown>(signals);
    const restore = this.#restore;
    const originals = Object.fromEntries(LISTENER_METHODS.map((name) => [name, process[name]]));
    for (const name of LISTENER_METHODS) {
      const original = process[name] as (event: unknown, listener: Listener) => unknown;
      const guarded = (event: unknown, listener: Listener): unknown => {
        if (kept.has(event)) return process;
        const result = original.call(process, event, listener);
        this.#addOwn();
        return result;
      };
      Object.assign(process, { [name]: guarded });
    }
    this.#restore = () => {
      Object.assign(process, originals);
      restore();
    };
  }

  /** Listens to an event of the process; others may do so, too, but take this one away in vain. */
  keepListener(event: string, listener: Listener): void {
    this.#own = { event, listener };
    this.#addOwn();
  }

  /** Captures uncaught exceptions; no one can end that. */
  keepCaptureCallback(callback: Listener): void {
    const { setUncaughtExceptionCaptureCallback: set } = process;
    set.call(process, callback);
    process.setUncaughtExceptionCaptureCallback = (other) => {
      if (other !== null) set.call(process, other);
    };
  }

  #addOwn(): void {
    if (!this.#own) return;
    const { event, listener } = this.#own;
    if (Reflect.apply(listeners, process, [event]).includes(listener as never)) return;
    Reflect.apply(addListener, process, [event, listener]);
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
    const error = errorHere(() => new ForbiddenAccessError(access));
    const { home, servers } = this.#homeOf(error);
    // A folder may hold the modules of several servers; then it is not known whose fault it was.
    const isCertain = home.endsWith(':') || servers.size === 1;
    for (const server of isCertain ? servers : []) {
      if (!this.#forbiddenAccesses.has(server)) this.#forbiddenAccesses.set(server, access);
    }
    throw error;
  }
}
