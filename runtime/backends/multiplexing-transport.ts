// One SDK server, one connect, many exchanges: each request gets a fresh internal id, and answers and related
// notifications are routed back by it. Callers with equal ids or progress tokens can never meet (CVE-2026-25536).

import type {
  Answer,
  Exchange,
  JsonObject,
  JsonRpcError,
  JsonRpcNotification,
  Question,
  RequestId,
} from '../exchange/exchange.ts';

/** A message as the SDKs hand it to a transport. */
export interface WireMessage {
  readonly id?: RequestId;
  readonly method?: string;
  readonly params?: JsonObject;
  readonly result?: unknown;
  readonly error?: JsonRpcError;
}

/** What the SDKs pass along with a message that answers to, or belongs to, a request. */
export interface SendOptions {
  readonly relatedRequestId?: RequestId;
}

/** What a handler learns of the caller of one message (SDK v1 `extra`, SDK v2 `ctx.http`). */
export interface MessageExtra {
  readonly authInfo?: unknown;
  readonly requestInfo?: unknown;
  readonly request?: unknown;
}

export interface MultiplexingOptions {
  /** Describes the caller of an exchange in the terms of the server's SDK. */
  readonly extraOf: (exchange: Exchange) => MessageExtra;
  /** True when the transport serves a single exchange, so that a notification without a request belongs to it. */
  readonly singleExchange: boolean;
  /** Told of a notification that belongs to no request; by default it is dropped. */
  readonly onUnrelated?: (notification: JsonRpcNotification) => void;
}

/** Guessing the caller by async context is unsafe: a queue that the first call made carries that caller for ever. */
const UNRELATED: Answer = {
  error: {
    code: -32603,
    message:
      'The question names no request. Fix: pass { relatedRequestId: extra.requestId } (SDK v1) or { relatedRequestId: ctx.mcpReq.id } (SDK v2), or use `instance: per-request`.',
  },
};

/** Its digest could not be made, nor could it be sent. */
const NOT_JSON: Answer = {
  error: { code: -32603, message: 'The question cannot be written as JSON (a cycle, a BigInt).' },
};

/** The answer was sent, or the caller left: there is nobody to ask. */
const ENDED: Answer = {
  error: { code: -32603, message: 'The request that this question belongs to has ended.' },
};

/** The SDKs send it for a question they no longer wait for, with their own id, which no client knows. */
const CANCELLED = 'notifications/cancelled';

interface Pending {
  readonly exchange: Exchange;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export class MultiplexingTransport {
  onmessage?: (message: object, extra?: MessageExtra) => void;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  readonly #options: MultiplexingOptions;
  readonly #pending = new Map<RequestId, Pending>();
  /** Takes back a question that the server asks, by the SDK's own id. */
  readonly #asking = new Map<unknown, AbortController>();
  // From 1: SDK v1 ignores the cancellation of a falsy id (shared/protocol.js, _oncancel).
  #nextId = 1;
  #isClosed = false;

  constructor(options: MultiplexingOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {}

  /** Called by the SDK when its server closes; nothing that is still awaited can be answered then. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { reject } of this.#pending.values()) reject(closedError());
    this.#pending.clear();
    this.onclose?.();
  }

  /**
   * Sends the request of an exchange to the server; resolves with its answer, or never once the exchange has ended.
   * @throws when the server closes, or has closed, its connection.
   */
  exchange(exchange: Exchange): Promise<Answer> {
    const { request } = exchange;
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (this.#isClosed) throw closedError();
      this.#pending.set(id, { exchange, resolve, reject });
      exchange.onAbort(() => this.#cancel(id));
      const message = { jsonrpc: '2.0', id, method: request.method, params: request.params };
      this.onmessage?.(message, this.#options.extraOf(exchange));
    });
  }

  /** Sends a notification to the server, such as `notifications/initialized`. */
  notify(method: string, params?: JsonObject): void {
    this.onmessage?.({ jsonrpc: '2.0', method, ...(params && { params }) });
  }

  /** Called by the SDK for everything that the server says. */
  async send(message: WireMessage, options?: SendOptions): Promise<void> {
    if (message.method === undefined) this.#settle(message);
    else if (message.id !== undefined) this.#ask(message, options?.relatedRequestId);
    else this.#notification(message.method, message.params, options?.relatedRequestId);
  }

  #settle(message: WireMessage): void {
    const id = message.id as RequestId;
    const pending = this.#pending.get(id);
    if (!pending) return; // Answered already: the deadline passed or the caller left.
    this.#pending.delete(id);
    pending.resolve(message.error ? { error: message.error } : { result: message.result });
  }

  #notification(method: string, params: JsonObject | undefined, relatedId?: RequestId): void {
    if (method === CANCELLED) {
      this.#asking.get(params?.requestId)?.abort();
      return;
    }
    const exchange = this.#exchangeFor(method, relatedId);
    const notification = { jsonrpc: '2.0', method, ...(params && { params }) } as const;
    if (exchange) exchange.notify(notification);
    else if (relatedId === undefined) this.#options.onUnrelated?.(notification);
  }

  #exchangeFor(method: string, relatedId?: RequestId): Exchange | undefined {
    if (relatedId !== undefined) return this.#pending.get(relatedId)?.exchange;
    // A change of a list concerns watching clients, never the caller of the moment.
    if (!this.#options.singleExchange || isChange(method)) return undefined;
    return this.#pending.values().next().value?.exchange;
  }

  #isRelated(relatedId?: RequestId): boolean {
    return relatedId !== undefined || this.#options.singleExchange;
  }

  // The server asks its client something. The SDK's own ids count from 0 in every server: they never leave here.
  #ask(message: WireMessage, relatedId?: RequestId): void {
    const { id } = message;
    const withdrawal = new AbortController();
    this.#asking.set(id, withdrawal);
    void this.#answerTo(message, withdrawal.signal, relatedId).then((answer) => {
      this.#asking.delete(id);
      if (!withdrawal.signal.aborted) this.onmessage?.({ jsonrpc: '2.0', id, ...answer });
    });
  }

  async #answerTo(
    message: WireMessage,
    withdrawn: AbortSignal,
    relatedId?: RequestId,
  ): Promise<Answer> {
    const question = questionOf(message);
    if (!question) return NOT_JSON;
    const exchange = this.#exchangeFor(question.method, relatedId);
    if (exchange) return exchange.ask(question, withdrawn);
    return this.#isRelated(relatedId) ? ENDED : UNRELATED;
  }

  #cancel(id: number): void {
    if (!this.#pending.delete(id)) return;
    this.notify(CANCELLED, {
      requestId: id,
      reason: 'The caller no longer waits.',
    });
  }
}

/** @returns the question as it stands on the wire, or undefined when it is no JSON. */
function questionOf({ method, params }: WireMessage): Question | undefined {
  try {
    return JSON.parse(JSON.stringify({ method, params }));
  } catch {
    return undefined;
  }
}

/** Notifications for watching clients. */
export function isChange(method: string): boolean {
  return method.endsWith('/list_changed') || method === 'notifications/resources/updated';
}

function closedError(): Error {
  return new Error('The server has closed its connection.');
}
