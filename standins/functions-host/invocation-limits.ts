// The clocks of one invocation: silence, and its total time.

import type { FunctionsHostNumbers } from './options.ts';

type LimitNumbers = Pick<
  FunctionsHostNumbers,
  'idleTimeoutMs' | 'functionTimeoutGraceMs' | 'functionTimeoutAnswerMs'
> & { readonly functionTimeoutMs: number };

/**
 * Aborts an exchange that is silent for too long, and ends the handler over one that takes too
 * long.
 */
export class InvocationLimits {
  readonly #numbers: LimitNumbers;
  readonly #abort: (reason: Error) => void;
  readonly #killHandler: () => void;
  readonly #timers = new Set<NodeJS.Timeout>();
  #idle: NodeJS.Timeout | undefined;

  constructor(numbers: LimitNumbers, abort: (reason: Error) => void, killHandler: () => void) {
    this.#numbers = numbers;
    this.#abort = abort;
    this.#killHandler = killHandler;
  }

  /**
   * Starts the clock of `functionTimeout`: after it and a grace the handler is killed, with every
   * other request in it, and a moment later this request is given up (measured: 10 s, 11.0 s, 12.0
   * s).
   */
  startTotal(): void {
    const { functionTimeoutMs, functionTimeoutGraceMs, functionTimeoutAnswerMs } = this.#numbers;
    if (functionTimeoutMs === Number.POSITIVE_INFINITY) return;
    const killAfterMs = functionTimeoutMs + functionTimeoutGraceMs;
    this.#later(killAfterMs, this.#killHandler);
    this.#later(killAfterMs + functionTimeoutAnswerMs, () => {
      this.#abort(new Error(`functionTimeout of ${functionTimeoutMs} ms exceeded`));
    });
  }

  /** Starts, or starts anew, the clock of silence: every read or write in either direction does. */
  touch(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      this.#abort(new Error(`No byte in ${this.#numbers.idleTimeoutMs} ms`));
    }, this.#numbers.idleTimeoutMs);
  }

  /** The invocation is over. */
  clear(): void {
    clearTimeout(this.#idle);
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #later(delayMs: number, act: () => void): void {
    this.#timers.add(setTimeout(act, delayMs));
  }
}
