// An exchange in flight: its time limit, its abort signal, and the one place where it ends.

import type {
  Answer,
  Caller,
  Client,
  Era,
  Exchange,
  JsonRpcNotification,
  JsonRpcRequest,
  Question,
  QuestionOptions,
  Trace,
} from './exchange.ts';
import { LazyAbort } from './lazy-abort.ts';
import type { Ending, Observation } from './observer.ts';
import { ERROR_CODES } from './wire-names.ts';

/** Why an exchange ended without its backend's answer. */
export type EndReason =
  | 'cancelled'
  | 'deadline'
  | 'disconnected'
  | 'shutdown'
  | 'slow-reader'
  | 'overloaded'
  | 'result-too-large';

/** How {@link OpenExchange.run} says that the exchange ended before its backend answered. */
export class ExchangeEnded extends Error {
  override readonly name = 'ExchangeEnded';
  readonly reason: EndReason;

  constructor(reason: EndReason) {
    super(`The exchange ended: ${reason}.`);
    this.reason = reason;
  }
}

/** @returns why an exchange has ended, also one that carried another; undefined while it has not. */
export function endReasonOf({ signal }: Pick<Exchange, 'signal'>): EndReason | undefined {
  const { reason } = signal;
  const ended = reason instanceof ExchangeEnded ? reason : (reason as Error | undefined)?.cause;
  return ended instanceof ExchangeEnded ? ended.reason : undefined;
}

const NOBODY: Client = {};

const ENDED: Answer = {
  error: {
    code: ERROR_CODES.internalError,
    message: 'The request that this question belongs to has ended.',
  },
};

/** What an exchange does with what its server says before it answers. */
export interface Conversation {
  /** As the client sent it: nothing of it is verified. Absent where the era has no sessions. */
  readonly sessionId?: string | undefined;
  /** See {@link Exchange.clientKey}. */
  clientKey(exchange: OpenExchange): string | undefined;
  /** Called once at most, when a server first asks: most never do. */
  readClient(exchange: OpenExchange): Client;
  /** See {@link Exchange.notify}. */
  onNotification(
    notification: JsonRpcNotification,
    exchange: OpenExchange,
  ): Promise<void> | undefined;
  onQuestion(question: Question, options: QuestionOptions, exchange: OpenExchange): Promise<Answer>;
}

/**
 * Called once, when an exchange ends.
 * @param answer what its backend answered; undefined when there is an error instead.
 * @param error an {@link ExchangeEnded}, or what the work threw.
 */
export type OnEnd = (answer: Answer | undefined, error: unknown) => void;

export interface OpenExchangeOptions {
  readonly request: JsonRpcRequest;
  readonly era: Era;
  readonly caller: Caller;
  readonly conversation: Conversation;
  /** Milliseconds from now until the exchange ends with `deadline`. */
  readonly timeoutMs: number;
  /** Present when exchanges are observed. */
  readonly observe?: ((exchange: Exchange) => Observation) | undefined;
  /** Of the exchange that this one is a part of. */
  readonly trace?: Trace | undefined;
}

export class OpenExchange implements Exchange {
  readonly request: JsonRpcRequest;
  readonly era: Era;
  readonly caller: Caller;
  readonly #abort = new LazyAbort();
  /**
   * Absent once it has ended: a handler that never ends keeps its exchange, but not its request.
   */
  #conversation: Conversation | undefined;
  #client: Client | undefined;
  readonly #timeoutMs: number;
  readonly #observation: Observation | undefined;
  readonly #trace: Trace | undefined;
  #endsAt: number;
  #onEnd: OnEnd | undefined;
  #ended: ExchangeEnded | undefined;
  #done = false;

  constructor(options: OpenExchangeOptions) {
    this.request = options.request;
    this.era = options.era;
    this.caller = options.caller;
    this.#conversation = options.conversation;
    this.#timeoutMs = options.timeoutMs;
    this.#endsAt = performance.now() + options.timeoutMs;
    this.#observation = options.observe?.(this);
    this.#trace = options.trace;
  }

  /** Tells the observer how it ended; the last thing that is done with it. */
  conclude(ending: Ending): void {
    this.#observation?.end(ending);
  }

  /**
   * `performance.now()` when its time is up; whoever holds the exchanges in flight ends it then.
   */
  get endsAt(): number {
    return this.#endsAt;
  }

  /** Starts the time limit again: a person was asked, and answered. */
  restartDeadline(): void {
    this.#endsAt = performance.now() + this.#timeoutMs;
  }

  /** Whether it waits for a person, or listens: until then it is not work for its server. */
  get isWaiting(): boolean {
    return this.#endsAt === Number.POSITIVE_INFINITY;
  }

  /** Stops the time limit while a person is asked; whoever stops it limits the wait. */
  pauseDeadline(): void {
    this.#endsAt = Number.POSITIVE_INFINITY;
  }

  get sessionId(): string | undefined {
    return this.#conversation?.sessionId;
  }

  get client(): Client {
    this.#client ??= this.#conversation?.readClient(this);
    return this.#client ?? NOBODY;
  }

  get clientKey(): string | undefined {
    return this.#conversation?.clientKey(this);
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

  get trace(): Trace | undefined {
    const observation = this.#observation;
    const traceparent = observation?.traceparent;
    if (!observation || traceparent === undefined) return this.#trace;
    return {
      traceparent,
      sent: (request) => observation.note({ kind: 'dependency', request }),
    };
  }

  notify(notification: JsonRpcNotification): Promise<void> | undefined {
    if (!this.#conversation) return undefined;
    this.#observation?.note({ kind: 'notification', notification });
    return this.#conversation.onNotification(notification, this);
  }

  ask(question: Question, options: QuestionOptions): Promise<Answer> {
    if (!this.#conversation) return Promise.resolve(ENDED);
    const answer = this.#conversation.onQuestion(question, options, this);
    return this.#observation ? noted(question, answer, this.#observation) : answer;
  }

  /**
   * Ends the exchange now; without effect once it has its answer. Aborts the signal, so the server
   * can stop.
   */
  end(reason: EndReason): void {
    if (this.#done) return;
    const ended = new ExchangeEnded(reason);
    const onEnd = this.#finish();
    this.#ended = ended;
    try {
      this.#abort.abort(ended);
    } finally {
      this.#within(() => onEnd?.(undefined, ended));
    }
  }

  /** Waits for the answer of `work`, at most until the exchange ends; call it once. */
  run(work: () => Answer | Promise<Answer>, onEnd: OnEnd): void {
    if (this.#ended) {
      onEnd(undefined, this.#ended);
      return;
    }
    this.#onEnd = onEnd;
    this.#within(() => this.#work(work));
  }

  #work(work: () => Answer | Promise<Answer>): void {
    let answer: Answer | Promise<Answer>;
    try {
      answer = work();
    } catch (error) {
      this.#settle(undefined, error);
      return;
    }
    // Not by `instanceof`: a module may have replaced the global Promise.
    if (!('then' in answer)) {
      this.#settle(answer, undefined);
      return;
    }
    answer.then(
      (late) => this.#settle(late, undefined),
      (error) => this.#settle(undefined, error),
    );
  }

  #settle(answer: Answer | undefined, error: unknown): void {
    if (!this.#done) this.#finish()?.(answer, error);
  }

  /** Runs work where the observer can see that it belongs to this exchange. */
  #within(work: () => void): void {
    if (this.#observation) this.#observation.run(work);
    else work();
  }

  /** @returns the listeners, and drops them here: a handler that never ends keeps its exchange. */
  #finish(): OnEnd | undefined {
    const onEnd = this.#onEnd;
    this.#onEnd = undefined;
    this.#conversation = undefined;
    this.#done = true;
    return onEnd;
  }
}

async function noted(
  question: Question,
  answering: Promise<Answer>,
  observation: Observation,
): Promise<Answer> {
  const askedAt = performance.now();
  const answer = await answering;
  observation.note({ kind: 'question', question, askedAt, answer });
  return answer;
}
