// One running program with its own listener, and the connection to it: its calls end with it, and it
// ends when no one calls it, when it holds too much memory, or when it answers nothing any longer.

import type { Answer, Exchange } from '../../exchange/exchange.ts';
import { endReasonOf } from '../../exchange/open-exchange.ts';
import { HostError } from '../../exchange/refusals.ts';
import type { RestartReason } from '../../exchange/restarts.ts';
import type { MeasuredChild } from '../children-memory.ts';
import { answerInTime } from '../internal-exchange.ts';
import type { OpenBackend } from '../open-backend.ts';
import type { ChildEnd } from './child.ts';
import { describeEnd, EVICTED } from './loss.ts';
import type { ListeningProgram } from './start-listening.ts';

/** Calls in a row that a program leaves unanswered before it is asked whether it still lives. */
const MAX_UNANSWERED = 3;
const PING_LIMIT_MS = 5_000;
/** The connections of a program that exits are seen to break before its exit is. */
const EXIT_LIMIT_MS = 80;
const MIB = 1_024 * 1_024;

export interface RunningListenerOptions {
  /** Without calls for this long it ends, milliseconds; undefined: never. */
  readonly idleTimeoutMs: number | undefined;
  /** Resident memory with which it ends, MiB. */
  readonly memoryMb: number | undefined;
  /** Called when it ends unexpectedly. */
  readonly onLoss: (reason: RestartReason, fields: object) => void;
  /** Called once, as soon as it takes no new calls. `end` is present when it ended by itself. */
  readonly onLeave: (running: RunningListener, end: ChildEnd | undefined) => void;
}

export class RunningListener implements MeasuredChild {
  readonly backend: OpenBackend;
  readonly #program: ListeningProgram;
  readonly #options: RunningListenerOptions;
  /** Each fails a call that is open. */
  readonly #cuts = new Set<(error: HostError) => void>();
  #hasLeft = false;
  #lastUsedAt = performance.now();
  #unanswered = 0;
  #isPinged = false;
  #idleTimer: NodeJS.Timeout | undefined;
  #disconnecting: Promise<void> | undefined;

  constructor(program: ListeningProgram, backend: OpenBackend, options: RunningListenerOptions) {
    this.#program = program;
    this.backend = backend;
    this.#options = options;
    if (program.ended.aborted) this.#ended();
    else program.ended.addEventListener('abort', () => this.#ended(), { once: true });
    this.#rest();
  }

  /** Resolves once the program and what it has started are gone. Never rejects. */
  get gone(): Promise<void> {
    return this.#program.child.gone.then(() => this.#disconnect());
  }

  get idleSince(): number | undefined {
    return this.#cuts.size > 0 ? undefined : this.#lastUsedAt;
  }

  /** @throws HostError, also by rejecting. */
  async answer(exchange: Exchange): Promise<Answer> {
    let cut!: (error: HostError) => void;
    const ended = new Promise<never>((_, reject) => {
      cut = reject;
    });
    this.#cuts.add(cut);
    clearTimeout(this.#idleTimer);
    // An exchange that ends may never get its answer.
    exchange.onAbort(() => this.#left(cut, exchange, false));
    try {
      const answer = await Promise.race([this.backend.answer(exchange), ended]);
      this.#left(cut, exchange, true);
      return answer;
    } catch (error) {
      throw await this.#explain(error);
    } finally {
      this.#left(cut, exchange, false);
    }
  }

  memoryBytes(): Promise<number | undefined> {
    return this.#program.child.memoryBytes();
  }

  measured(bytes: number): void {
    const { memoryMb, onLoss } = this.#options;
    if (memoryMb === undefined || bytes <= memoryMb * MIB || this.#hasLeft) return;
    const usedMb = Math.round(bytes / MIB);
    onLoss('out-of-memory', {
      usedMb,
      memoryMb,
      detail: 'The program uses more memory than `memoryMb` allows.',
    });
    void this.end('memory');
  }

  makeRoom(): Promise<void> {
    this.#options.onLoss('evicted', { detail: EVICTED });
    return this.end();
  }

  /** Takes no new calls from now on. @returns when the program is gone. */
  async end(cause?: ChildEnd['cause'], limitMs?: number): Promise<void> {
    this.#leave(undefined);
    // Some listeners end only when no one is connected any longer.
    if (this.#cuts.size === 0) void this.#disconnect();
    await this.#program.child.end(cause, limitMs);
    await this.#disconnect();
  }

  /** Ends it and fails what it was asked. */
  abandon(detail: string): void {
    void this.end();
    this.#cutAll(detail);
  }

  #ended(): void {
    const end = this.#program.ended.reason as ChildEnd;
    this.#leave(end);
    this.#cutAll(describeEnd(end));
    void this.#disconnect();
  }

  #cutAll(detail: string): void {
    for (const cut of this.#cuts) cut(new HostError('server-exited', { detail }));
  }

  #leave(end: ChildEnd | undefined): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    clearTimeout(this.#idleTimer);
    this.#options.onLeave(this, end);
  }

  #left(cut: (error: HostError) => void, exchange: Exchange, isAnswered: boolean): void {
    if (!this.#cuts.delete(cut)) return;
    this.#lastUsedAt = performance.now();
    this.#rest();
    if (isAnswered) this.#unanswered = 0;
    else if (endReasonOf(exchange) === 'deadline') this.#unanswered += 1;
    if (this.#unanswered < MAX_UNANSWERED || this.#isPinged || this.#hasLeft) return;
    this.#isPinged = true;
    void this.#ping();
  }

  #rest(): void {
    const { idleTimeoutMs } = this.#options;
    if (idleTimeoutMs === undefined || this.#cuts.size > 0 || this.#hasLeft) return;
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => void this.end(), idleTimeoutMs).unref();
  }

  /** 2026-07-28 has no `ping`. */
  async #ping(): Promise<void> {
    const era = this.backend.eras.at(-1) ?? 'legacy';
    const method = era === 'modern' ? 'server/discover' : 'ping';
    const transport = { exchange: (exchange: Exchange) => this.backend.answer(exchange) };
    const answer = await answerInTime(
      transport,
      { era, method, params: {} },
      undefined,
      PING_LIMIT_MS,
    );
    this.#isPinged = false;
    if (answer || this.#hasLeft) return;
    const detail = 'The program does not answer calls or pings.';
    this.#options.onLoss('unanswered', { unanswered: this.#unanswered, detail });
    this.abandon('The program no longer answered.');
  }

  /** A connection that broke because the program has exited says nothing of that. */
  async #explain(error: unknown): Promise<unknown> {
    const isOfConnection =
      error instanceof HostError && ['upstream-cut', 'unavailable'].includes(error.reason);
    if (!isOfConnection) return error;
    const end = await endWithin(this.#program, EXIT_LIMIT_MS);
    return end ? new HostError('server-exited', { detail: describeEnd(end) }) : error;
  }

  #disconnect(): Promise<void> {
    this.#disconnecting ??= this.backend.close();
    return this.#disconnecting;
  }
}

/** @returns how it has ended, if it does so in time. */
export async function endWithin(
  { ended }: Pick<ListeningProgram, 'ended'>,
  limitMs: number,
): Promise<ChildEnd | undefined> {
  if (!ended.aborted) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      const finish = (): void => {
        clearTimeout(timer);
        resolve();
      };
      ended.addEventListener('abort', finish, { once: true });
    });
  }
  return ended.aborted ? (ended.reason as ChildEnd) : undefined;
}
