// The life of the handler across its processes: start, readiness, what each exit code means, when
// to give up. Knows nothing of requests.

import type { Agent } from 'node:http';
import { constants } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { HandlerCommand } from './handler-command.ts';
import {
  type HandlerExit,
  type HandlerProcess,
  sendSignal,
  startHandlerProcess,
} from './handler-process.ts';
import type { FunctionsHostNumbers } from './options.ts';
import { waitUntilReady } from './readiness.ts';

interface SupervisorSetup {
  readonly numbers: FunctionsHostNumbers;
  readonly initializationTimeoutMs: number;
  readonly holdTimeoutMs: number;
  readonly exit0: 'restart' | 'never-restart';
  readonly separateParent: boolean;
  readonly port: number;
  readonly agent: Agent;
  readonly nextCommand: () => HandlerCommand;
  readonly reportLine: (stream: 'stdout' | 'stderr', text: string) => void;
  readonly reportHost: (line: string) => void;
  /** The last error-level lines of the handler, for its exit message. */
  readonly lastErrors: () => readonly string[];
  /** The Functions host shuts down. */
  readonly giveUp: (reason: string) => void;
}

const overMessage = 'The Functions host has stopped or never starts a handler.';

/** Keeps one handler process running. */
export class HandlerSupervisor {
  /** Processes started so far. */
  starts = 0;
  readonly #setup: SupervisorSetup;
  readonly #expectedExits = new WeakSet<HandlerProcess>();
  #current: HandlerProcess | undefined;
  #state: 'starting' | 'ready' | 'down' | 'over' = 'starting';
  #wasReady = false;
  #errors = { count: 0, lastAtMs: Number.NEGATIVE_INFINITY };
  #waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];

  constructor(setup: SupervisorSetup) {
    this.#setup = setup;
  }

  /** The running process, if any. */
  get process(): HandlerProcess | undefined {
    return this.#current;
  }

  /** Resolves when the current or the next process is ready; rejects when there will be none. */
  ready(): Promise<void> {
    if (this.#state === 'ready') return Promise.resolve();
    if (this.#state === 'over') return Promise.reject(new Error(overMessage));
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /**
   * Holds a request until the handler was ready for the first time; too long, and the host gives
   * up. Requests of a later restart are not held: they meet a refused connection and are retried.
   */
  async hold(): Promise<void> {
    if (this.#wasReady) return;
    const { holdTimeoutMs, giveUp } = this.#setup;
    const limit = setTimeout(() => giveUp('The handler was not ready in time'), holdTimeoutMs);
    await this.ready().finally(() => clearTimeout(limit));
  }

  /** Starts a process and watches it. */
  async start(): Promise<void> {
    this.starts += 1;
    this.#state = 'starting';
    const { separateParent, nextCommand, reportLine } = this.#setup;
    let handler: HandlerProcess;
    try {
      handler = await startHandlerProcess(nextCommand(), separateParent, reportLine);
    } catch (error) {
      this.#countError(`Failed to start Worker Channel. ${error}`);
      return;
    }
    if (this.#isOver()) {
      sendSignal(handler.pid, 'SIGKILL');
      return;
    }
    this.#current = handler;
    const ended = new AbortController();
    void handler.exited.then((exit) => {
      ended.abort();
      this.#onExit(handler, exit);
    });
    void this.#probe(handler, ended.signal);
  }

  /** Kills this process, if it still runs, without counting it, and starts the next one. */
  async replace(handler: HandlerProcess | undefined): Promise<void> {
    if (handler === undefined || handler !== this.#current) return;
    this.#state = 'starting';
    await this.#discard();
    if (!this.#isOver()) await this.start();
  }

  /**
   * Ends everything: SIGKILL, no warning, no grace (host:
   * WebJobs.Script/Workers/ProcessManagement/WorkerProcess.cs).
   */
  async end(): Promise<void> {
    this.forget();
    await this.#discard();
  }

  /** No more restarts; the process itself is left alone. */
  forget(): void {
    this.#state = 'over';
    if (this.#current) this.#expectedExits.add(this.#current);
    for (const { reject } of this.#waiting.splice(0)) reject(new Error(overMessage));
  }

  // A method, because the compiler does not see that the state changes during an await.
  #isOver(): boolean {
    return this.#state === 'over';
  }

  async #probe(handler: HandlerProcess, signal: AbortSignal): Promise<void> {
    const { port, agent, numbers, initializationTimeoutMs: timeoutMs } = this.#setup;
    const probe = { port, agent, intervalMs: numbers.probeIntervalMs, timeoutMs, signal };
    const outcome = await waitUntilReady(probe);
    if (this.#current !== handler || this.#isOver()) return;
    if (outcome === 'timeout') {
      await this.#discard();
      this.#countError(`The handler did not answer within ${timeoutMs} ms.`);
    }
    if (outcome !== 'ready') return;
    this.#state = 'ready';
    this.#wasReady = true;
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  #onExit(handler: HandlerProcess, { code, signal }: HandlerExit): void {
    if (this.#current === handler) this.#current = undefined;
    if (this.#expectedExits.has(handler)) return;
    this.#state = 'down';
    const exitCode = code ?? 128 + constants.signals[signal ?? 'SIGKILL'];
    const message = `The handler exited with code ${exitCode}`;
    if (exitCode !== 0 && exitCode !== 200) {
      this.#countError(`${message}\n ${this.#setup.lastErrors().join(',')}`);
      return;
    }
    this.#setup.reportHost(message);
    if (exitCode === 200 || this.#setup.exit0 === 'restart') void this.start();
  }

  #countError(message: string): void {
    const { errorWindowMs, errorLimit } = this.#setup.numbers;
    if (this.#isOver()) return;
    const nowMs = performance.now();
    const count = nowMs - this.#errors.lastAtMs > errorWindowMs ? 1 : this.#errors.count + 1;
    this.#errors = { count, lastAtMs: nowMs };
    this.#setup.reportHost(message);
    if (count < errorLimit) {
      void this.start();
      return;
    }
    this.forget();
    this.#setup.giveUp('Exceeded http worker restart retry count. Shutting down Functions Host');
  }

  async #discard(): Promise<void> {
    const handler = this.#current;
    if (!handler) return;
    this.#current = undefined;
    this.#expectedExits.add(handler);
    sendSignal(handler.pid, 'SIGKILL');
    const wait = pause(this.#setup.numbers.killWaitMs, undefined, { ref: false });
    await Promise.race([handler.exited, wait]);
  }
}
