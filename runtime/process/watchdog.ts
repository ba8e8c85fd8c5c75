// Watches from a separate thread whether the main thread is running, and ends the process if it is
// blocked. A blocked thread cannot do this itself.

import { readdirSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';
import { setInterval } from 'node:timers';
import { Worker } from 'node:worker_threads';
import type { Environment } from '../../config/env.ts';
import type { ServersConfig } from '../../config/schema.ts';
import { Entered, type Entering } from '../exchange/entered.ts';
import { beatOf, isInspectorOpen } from '../exchange/heartbeat.ts';
import { blockedNotesFile } from './note-place.ts';
import { THREAD_FILE } from './watchdog-file.ts';

export interface WatchdogOptions {
  /** Names of the servers that share this thread. */
  readonly servers: readonly string[];
  readonly blockedTimeoutMs: number;
  /** Where ends are noted. */
  readonly notesFile: string;
  /** Whether each line on standard error says that it is an error; see printFatalError. */
  readonly isMarked: boolean;
}

export interface WatchdogStart extends WatchdogOptions {
  readonly memory: SharedArrayBuffer;
}

/** Tells the thread which file the module of a server is. */
export interface ImportedModule {
  readonly server: string;
  readonly file: string;
}

export class Watchdog {
  readonly #options: WatchdogOptions;
  readonly #entered: Entered;
  #isStarted = false;
  #thread: Worker | undefined;
  /** Of its thread, on Linux; those that were started with it. */
  #threadIds: readonly string[] = [];

  constructor(options: WatchdogOptions) {
    this.#options = options;
    this.#entered = new Entered(options.servers);
  }

  /** Where a server tells what it is at. */
  of(server: string): Entering {
    const entering = this.#entered.of(server);
    return {
      ...entering,
      load: (file) => {
        // Before its code runs: a thread that is blocked tells nothing.
        const told: ImportedModule = { server, file };
        this.#thread?.postMessage(told);
        entering.load(file);
      },
    };
  }

  /**
   * Begins to watch. It keeps no process alive.
   * @param onFailed called when no one watches: the process goes on without.
   */
  start(onFailed: (error: unknown) => void = () => {}): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    try {
      this.#watch(onFailed);
    } catch (error) {
      // The system may have no thread left.
      onFailed(error);
    }
  }

  #watch(onFailed: (error: unknown) => void): void {
    const entered = this.#entered;
    const workerData: WatchdogStart = { ...this.#options, memory: entered.memory };
    const before = new Set(threadIds());
    // It needs nothing of the process: a smaller environment is copied sooner.
    this.#thread = new Worker(THREAD_FILE, {
      name: 'watchdog',
      workerData,
      env: {},
      execArgv: [],
    })
      // Without it, an error of the watchdog would end the process.
      .on('error', onFailed);
    this.#thread.unref();
    this.#threadIds = threadIds().filter((id) => !before.has(id));
    this.#prioritize(constants.priority.PRIORITY_LOW);
    entered.beat(isInspectorOpen());
    setInterval(
      () => entered.beat(isInspectorOpen()),
      beatOf(this.#options.blockedTimeoutMs),
    ).unref();
  }

  /** Told when the servers are loaded. */
  serversLoaded(): void {
    this.#prioritize(getPriority());
  }

  /** Ends the process with SIGKILL in `ms`, unless it has ended by then, whatever happens to it. */
  endBy(ms: number): void {
    this.#entered.endsAtMs = Number(process.hrtime.bigint() / 1_000_000n) + ms;
    this.start();
  }

  /**
   * A thread takes about 40 ms of CPU to start. On Linux it has a priority of its own: at the lowest
   * it takes what the servers that are loaded meanwhile leave.
   */
  #prioritize(priority: number): void {
    for (const id of this.#threadIds) {
      try {
        setPriority(Number(id), priority);
      } catch {
        // Not everyone may raise it again: then it watches with what is left.
      }
    }
  }
}

/** @returns none where the system does not tell. */
function threadIds(): readonly string[] {
  try {
    return readdirSync('/proc/self/task');
  } catch {
    return [];
  }
}

export function createWatchdog(
  { servers, host, file }: ServersConfig,
  { port, behindFunctionsHost }: Environment,
): Watchdog {
  const sharing = servers.filter(
    (server) => server.enabled && server.kind === 'module' && server.isolation === 'none',
  );
  return new Watchdog({
    servers: sharing.map(({ name }) => name),
    blockedTimeoutMs: host.blockedTimeoutMs,
    notesFile: blockedNotesFile(file, port),
    isMarked: behindFunctionsHost,
  });
}
