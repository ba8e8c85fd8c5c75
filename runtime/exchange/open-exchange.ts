// An exchange in flight: its deadline, its abort signal, and the one place where it ends.

import type {
  Answer,
  Caller,
  Era,
  Exchange,
  JsonRpcNotification,
  JsonRpcRequest,
} from './exchange.ts';

/** Why an exchange ended without its backend's answer. */
export type EndReason =
  | 'deadline'
  | 'disconnected'
  | 'shutdown'
  | 'slow-reader'
  | 'result-too-large';

/** Thrown by {@link OpenExchange.run} when the exchange ended before its backend answered. */
export class ExchangeEnded extends Error {
  readonly reason: EndReason;

  constructor(reason: EndReason) {
    super(`The exchange ended: ${reason}.`);
    this.name = 'ExchangeEnded';
    this.reason = reason;
  }
}

export interface OpenExchangeOptions {
  readonly request: JsonRpcRequest;
  readonly era: Era;
  readonly caller: Caller;
  /** Milliseconds from now until the exchange ends with `deadline`. */
  readonly timeoutMs: number;
  readonly onNotification: (notification: JsonRpcNotification) => void;
}

export class OpenExchange implements Exchange {
  readonly request: JsonRpcRequest;
  readonly era: Era;
  readonly caller: Caller;
  // Most servers never look at the signal, and making one costs more than anything else in this file.
  #abort: AbortController | undefined;
  readonly #abortListeners: (() => void)[] = [];
  readonly #onNotification: (notification: JsonRpcNotification) => void;
  readonly #deadline: NodeJS.Timeout;
  #reject: ((error: ExchangeEnded) => void) | undefined;
  #ended: ExchangeEnded | undefined;
  #done = false;

  constructor(options: OpenExchangeOptions) {
    this.request = options.request;
    this.era = options.era;
    this.caller = options.caller;
    this.#onNotification = options.onNotification;
    this.#deadline = setTimeout(() => this.end('deadline'), options.timeoutMs);
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      if (this.#ended) this.#abort.abort(this.#ended);
    }
    return this.#abort.signal;
  }

  onAbort(listener: () => void): void {
    if (this.#ended) listener();
    else this.#abortListeners.push(listener);
  }

  throwIfEnded(): void {
    if (this.#ended) throw this.#ended;
  }

  notify(notification: JsonRpcNotification): void {
    if (!this.#done) this.#onNotification(notification);
  }

  /** Ends the exchange now; without effect once it has its answer. Aborts the signal, so the server can stop. */
  end(reason: EndReason): void {
    if (this.#done) return;
    this.#finish();
    this.#ended = new ExchangeEnded(reason);
    for (const listener of this.#abortListeners) listener();
    this.#abort?.abort(this.#ended);
    this.#reject?.(this.#ended);
  }

  /**
   * Waits for the answer of `work`, at most until the exchange ends; call it once.
   * @throws ExchangeEnded, or what `work` throws.
   */
  run(work: () => Promise<Answer>): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      if (this.#ended) {
        reject(this.#ended);
        return;
      }
      this.#reject = reject;
      work().then(
        (answer) => {
          this.#finish();
          resolve(answer);
        },
        (error) => {
          this.#finish();
          reject(error);
        },
      );
    });
  }

  #finish(): void {
    this.#done = true;
    clearTimeout(this.#deadline);
  }
}
