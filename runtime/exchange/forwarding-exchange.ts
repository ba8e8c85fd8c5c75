// The base class of an exchange that wraps another one: it forwards every member live.

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

export class ForwardingExchange implements Exchange {
  readonly request: JsonRpcRequest;
  readonly #inner: Exchange;

  /** @param request what the server gets in place of the request that came. */
  constructor(inner: Exchange, request: JsonRpcRequest) {
    this.#inner = inner;
    this.request = request;
  }

  get era(): Era {
    return this.#inner.era;
  }

  get caller(): Caller {
    return this.#inner.caller;
  }

  get client(): Client {
    return this.#inner.client;
  }

  get clientKey(): string | undefined {
    return this.#inner.clientKey;
  }

  get trace(): Trace | undefined {
    return this.#inner.trace;
  }

  get signal(): AbortSignal {
    return this.#inner.signal;
  }

  onAbort(listener: () => void): void {
    this.#inner.onAbort(listener);
  }

  throwIfEnded(): void {
    this.#inner.throwIfEnded();
  }

  notify(notification: JsonRpcNotification): Promise<void> | undefined {
    return this.#inner.notify(notification);
  }

  ask(question: Question, options: QuestionOptions): Promise<Answer> {
    return this.#inner.ask(question, options);
  }
}
