// An exchange in flight: its deadline, its abort signal, and the one place where it ends.

import type {
  Answer,
  Caller,
  Client,
  Era,
  Exchange,
  JsonRpcNotification,
  JsonRpcRequest,
  Question,
} from './exchange.ts';
import { LazyAbort } from './lazy-abort.ts';
import type { Ending, Observation } from './observer.ts';

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
  /** Called once at most, when a server first asks: most never do. */
  readonly readClient: () => Client;
  /** Milliseconds from now until the exchange ends with `deadline`. */
  readonly timeoutMs: number;
  readonly onNotification: (notification: JsonRpcNotification) => void;
  readonly onQuestion: Exchange['ask'];
  /** Present when exchanges are observed. */
  readonly observe?: (exchange: Exchange) => Observation;
}

export class OpenExchange implements Exchange {
  readonly request: JsonRpcRequest;
  readonly era: Era;
  readonly caller: Caller;
  readonly #abort = new LazyAbort();
  readonly #readClient: OpenExchangeOptions['readClient'];
  #client: Client | undefined;
  readonly #onNotification: OpenExchangeOptions['onNotification'];
  readonly #onQuestion: OpenExchangeOptions['onQuestion'];
  readonly #timeoutMs: number;
  readonly #observation: Observation | undefined;
  #deadline: NodeJS.Timeout;
  #reject: ((error: ExchangeEnded) => void) | undefined;
  #ended: ExchangeEnded | undefined;
  #done = false;

  constructor(options: OpenExchangeOptions) {
    this.request = options.request;
    this.era = options.era;
    this.caller = options.caller;
    this.#readClient = options.readClient;
    this.#onNotification = options.onNotification;
    this.#onQuestion = options.onQuestion;
    this.#timeoutMs = options.timeoutMs;
    this.#deadline = setTimeout(() => this.end('deadline'), options.timeoutMs);
    this.#observation = options.observe?.(this);
  }

  /** Runs all the work for this exchange, where its observer can see that it belongs to it. */
  within<T>(work: () => T): T {
    return this.#observation ? this.#observation.run(work) : work();
  }

  /** Tells the observer how it ended; the last thing that is done with it. */
  conclude(ending: Ending): void {
    this.#observation?.end(ending);
  }

  /** Starts the time limit again: a person was asked, and answered. */
  restartDeadline(): void {
    clearTimeout(this.#deadline);
    if (!this.#done) this.#deadline = setTimeout(() => this.end('deadline'), this.#timeoutMs);
  }

  /** Stops the time limit while a person is asked; whoever stops it limits the wait. */
  pauseDeadline(): void {
    clearTimeout(this.#deadline);
  }

  get client(): Client {
    this.#client ??= this.#readClient();
    return this.#client;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  onAbort(listener: () => void): void {
    this.#abort.onAbort(listener);
  }

  throwIfEnded(): void {
    this.#abort.throwIfAborted();
  }

  notify(notification: JsonRpcNotification): void {
    if (this.#done) return;
    this.#observation?.note({ kind: 'notification', notification });
    this.#onNotification(notification);
  }

  ask(question: Question, withdrawn: AbortSignal): Promise<Answer> {
    return this.#observation
      ? this.#askObserved(question, withdrawn, this.#observation)
      : this.#onQuestion(question, withdrawn);
  }

  /** Ends the exchange now; without effect once it has its answer. Aborts the signal, so the server can stop. */
  end(reason: EndReason): void {
    if (this.#done) return;
    this.#finish();
    this.#ended = new ExchangeEnded(reason);
    this.#abort.abort(this.#ended);
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

  async #askObserved(
    question: Question,
    withdrawn: AbortSignal,
    observation: Observation,
  ): Promise<Answer> {
    const askedAt = performance.now();
    const answer = await this.#onQuestion(question, withdrawn);
    observation.note({ kind: 'question', question, askedAt, answer });
    return answer;
  }

  #finish(): void {
    this.#done = true;
    clearTimeout(this.#deadline);
  }
}
