// A server's handler under 2026-07-28, where a server cannot ask its client directly: its questions
// end the HTTP request with `input_required`, and the client's retry brings the answers. Base of
// parked and replayed runs.

import type {
  Answer,
  Caller,
  Client,
  Exchange,
  JsonObject,
  JsonRpcNotification,
  JsonRpcRequest,
  Question,
  QuestionOptions,
  Trace,
} from '../../exchange/exchange.ts';
import { LazyAbort } from '../../exchange/lazy-abort.ts';
import type { OpenExchange } from '../../exchange/open-exchange.ts';
import { ERROR_CODES, NOTIFICATIONS } from '../../exchange/wire-names.ts';
import {
  missingCapability,
  missingCapabilityAnswer,
  type OutgoingQuestion,
  prepareQuestion,
} from './question.ts';
import { isAcceptable } from './validate-answer.ts';

/** Requests that may end with `input_required` (MCP 2026-07-28, "Multi round-trip requests"). */
const MAY_ASK = new Set(['tools/call', 'prompts/get', 'resources/read']);

/** What may be asked (the same section). */
const QUESTIONS = new Set(['elicitation/create', 'sampling/createMessage', 'roots/list']);

const WITHDRAWN = refused('The server no longer waits for the answer.');

/** A question that waits for its answer. */
export interface Asked extends OutgoingQuestion {
  readonly resolve: (answer: Answer) => void;
}

/** A question on its way to an answer. */
interface PendingQuestion {
  readonly answer: Promise<Answer>;
  /** Takes the question back. */
  readonly withdrawal: AbortController;
  /** How often the handler waits for the answer. */
  askers: number;
}

export abstract class AskingRun implements Exchange {
  readonly request: JsonRpcRequest;
  readonly era = 'modern';
  readonly caller: Caller;
  readonly client: Client;
  readonly clientKey: string | undefined;
  /** Questions without an answer, by key. */
  protected readonly open = new Map<string, Asked>();
  /**
   * Questions on their way to an answer, by digest: asked twice at once, a client is asked once.
   */
  readonly #pending = new Map<string, PendingQuestion>();
  readonly #named: Map<string, unknown>;
  readonly #abort = new LazyAbort();
  /** The request that carries the run at the moment. */
  #round: OpenExchange | undefined;
  /** How many requests have carried the run so far. */
  #rounds = 0;
  #deliver: ((delivery: () => Answer) => void) | undefined;
  #outcome: (() => Answer) | undefined;
  #missing: JsonObject | undefined;
  #isFlushing = false;
  /** The handler has ended or was aborted: no one will answer what it still asks. */
  #isOver = false;

  /**
   * @param named answers that came without a state: they count for questions that the author named.
   */
  constructor(round: OpenExchange, named: JsonObject) {
    this.request = round.request;
    this.caller = round.caller;
    this.client = round.client;
    this.clientKey = round.clientKey;
    this.#named = new Map(Object.entries(named));
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get trace(): Trace | undefined {
    return this.#round?.trace;
  }

  onAbort(listener: () => void): void {
    this.#abort.onAbort(listener);
  }

  throwIfEnded(): void {
    this.#abort.throwIfAborted();
  }

  notify(notification: JsonRpcNotification): Promise<void> | undefined {
    const round = this.#round;
    const addressed = round && addressedTo(round.request, notification);
    return addressed && round.notify(addressed);
  }

  /** Without progress: between its requests, a client of 2026-07-28 has no way to report it. */
  async ask(question: Question, { withdrawn }: QuestionOptions): Promise<Answer> {
    // The client's open request is its sign of life; 2026-07-28 has no ping.
    if (question.method === 'ping' && this.#round) return { result: {} };
    if (!QUESTIONS.has(question.method)) {
      return {
        error: {
          code: ERROR_CODES.methodNotFound,
          message: `A client cannot be asked ${question.method} in 2026-07-28.`,
        },
      };
    }
    if (!MAY_ASK.has(this.request.method)) {
      return refused(`The server cannot ask its client during ${this.request.method}.`);
    }
    const required = missingCapability(question, this.client.capabilities ?? {});
    if (required) {
      this.#missing ??= required;
      return missingCapabilityAnswer(required);
    }
    const outgoing = prepareQuestion(question);
    const { digest } = outgoing;
    const pending = this.#pending.get(digest) ?? this.#begin(outgoing);
    pending.askers += 1;
    const isAsked = (): boolean => this.#pending.get(digest) === pending;
    withdrawn.addEventListener('abort', () => {
      pending.askers -= 1;
      if (pending.askers > 0 || !isAsked()) return;
      // At once: asked again, it is a new question.
      this.#pending.delete(digest);
      pending.withdrawal.abort();
    });
    return pending.answer.finally(() => {
      if (isAsked()) this.#pending.delete(digest);
    });
  }

  /** Starts the handler; its outcome goes to the request that waits then. */
  start(work: (exchange: Exchange) => Promise<Answer>): void {
    work(this).then(
      (answer) => this.#finish(() => this.#review(answer)),
      (error) =>
        this.#finish(() => {
          throw error;
        }),
    );
  }

  /** Resolves with the handler's answer or with its questions, to the HTTP request of `round`. */
  attach(round: OpenExchange): Promise<Answer> {
    this.#round = round;
    this.#rounds += 1;
    // By number: a function that held the round would keep all of its request from the collector.
    const own = this.#rounds;
    round.onAbort(() => {
      if (!this.#round || this.#rounds !== own) return;
      this.cancel('The caller no longer waits.', round.signal.reason);
      // A handler that never ends keeps its run, but not the request.
      this.#round = undefined;
      this.#deliver = undefined;
    });
    return new Promise((resolve, reject) => {
      this.#deliver = (delivery) => {
        this.#round = undefined;
        this.#deliver = undefined;
        try {
          resolve(delivery());
        } catch (error) {
          reject(error);
        }
      };
      if (this.#outcome) this.#deliver(this.#outcome);
    });
  }

  /** Ends the handler: open questions fail, its signal aborts. */
  cancel(reason: string, cause?: unknown): void {
    this.#isOver = true;
    this.ended();
    this.failOpen(reason);
    this.#abort.abort(new Error(reason, { cause }));
  }

  /** An answer that an earlier round brought, and that was not given to the handler yet. */
  protected abstract preAnswered(outgoing: OutgoingQuestion): unknown;

  /**
   * Called with an answer that is given to the handler without asking; equal questions get the next
   * one.
   */
  protected abstract useAnswer(outgoing: OutgoingQuestion, answer: unknown): void;

  /** @returns the `requestState` of a round that asks `asked`, or why it cannot be asked. */
  protected abstract beginRound(asked: readonly Asked[]): { state: string } | { refusal: string };

  /** Called when the handler has ended or was aborted. */
  protected ended(): void {}

  /** Called when the questions have been sent. */
  protected abstract roundSent(): void;

  /** One turn later, so that questions asked together go out together. */
  protected flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => {
      this.#isFlushing = false;
      this.#flush();
    });
  }

  protected failOpen(reason: string): void {
    const asked = [...this.open.values()];
    this.open.clear();
    for (const { resolve } of asked) resolve(refused(reason));
  }

  #begin(outgoing: OutgoingQuestion): PendingQuestion {
    const withdrawal = new AbortController();
    const answer = this.#answer(outgoing, withdrawal.signal);
    const pending = { answer, withdrawal, askers: 0 };
    this.#pending.set(outgoing.digest, pending);
    return pending;
  }

  async #answer(outgoing: OutgoingQuestion, withdrawn: AbortSignal): Promise<Answer> {
    const answer = this.preAnswered(outgoing) ?? (await this.#namedAnswer(outgoing));
    if (answer !== undefined) {
      this.useAnswer(outgoing, answer);
      // A handler that asks in a loop must leave the process its turns.
      await new Promise(setImmediate);
      return { result: answer };
    }
    if (this.#isOver) return refused('The request that this question belongs to has ended.');
    if (withdrawn.aborted) return WITHDRAWN;
    return new Promise((resolve) => {
      const { key, digest } = outgoing;
      const free = this.open.has(key) ? `${key} ${digest}` : key;
      this.open.set(free, { ...outgoing, key: free, resolve });
      withdrawn.addEventListener('abort', () => {
        this.open.delete(free);
        resolve(WITHDRAWN);
      });
      this.flushSoon();
    });
  }

  /** Counts once: asked again, the handler wants another answer. */
  async #namedAnswer({ key, isNamed, question }: OutgoingQuestion): Promise<unknown> {
    const answer = isNamed ? this.#named.get(key) : undefined;
    this.#named.delete(key);
    return answer !== undefined && (await isAcceptable(question, answer)) ? answer : undefined;
  }

  #flush(): void {
    if (this.open.size === 0 || !this.#deliver) return;
    const asked = [...this.open.values()];
    const begun = this.beginRound(asked);
    if ('refusal' in begun) {
      this.failOpen(begun.refusal);
      return;
    }
    const inputRequests = Object.fromEntries(asked.map(({ key, question }) => [key, question]));
    const result = { resultType: 'input_required', inputRequests, requestState: begun.state };
    this.#deliver(() => ({ result }));
    this.roundSent();
  }

  #finish(outcome: () => Answer): void {
    this.#outcome = outcome;
    this.#isOver = true;
    this.ended();
    this.failOpen('The handler continued without the answer.');
    this.#deliver?.(outcome);
  }

  // SDK v1 turns what a tool throws into an `isError` result, so only the host can tell why it
  // failed.
  #review(answer: Answer): Answer {
    if (!this.#missing) return answer;
    const hasFailed = 'error' in answer || (answer.result as JsonObject | null)?.isError === true;
    return hasFailed ? missingCapabilityAnswer(this.#missing) : answer;
  }
}

/**
 * A handler reports progress to the request that started it; a retry has a token of its own, or
 * none.
 */
function addressedTo(
  { params }: JsonRpcRequest,
  notification: JsonRpcNotification,
): JsonRpcNotification | undefined {
  if (notification.method !== NOTIFICATIONS.progress) return notification;
  const { progressToken } = (params?._meta ?? {}) as JsonObject;
  if (progressToken === undefined) return undefined;
  return { ...notification, params: { ...notification.params, progressToken } };
}

function refused(message: string): Answer {
  return { error: { code: ERROR_CODES.internalError, message } };
}
