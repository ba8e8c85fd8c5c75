// One server, one connection, many exchanges: each request gets a fresh internal id, and answers and
// related notifications are routed back by it. Callers with equal ids or progress tokens can never
// meet (CVE-2026-25536). The server is an object of an SDK, or a program at the end of a pipe.

import type {
  Answer,
  Exchange,
  JsonObject,
  JsonRpcError,
  JsonRpcNotification,
  RequestId,
} from '../exchange/exchange.ts';
import { ShortLivedSet } from '../exchange/short-lived-set.ts';
import { NOTIFICATIONS } from '../exchange/wire-names.ts';
import { type Refusal, ServerQuestions, whyNobodyIsAsked } from './server-questions.ts';
import { belongsTo } from './unrelated-notifications.ts';

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

/** An SDK server as far as the transport talks to it. */
export interface Connectable {
  /** What the author's module made: its `connect` may be the author's own. */
  readonly instance: { connect(transport: MultiplexingTransport): Promise<void> };
  /** What it is connected to. */
  readonly protocol: { readonly transport?: unknown };
  /** Takes a request whose form is known to be right, where the server has a shorter way for it. */
  readonly takeRequest?: TakeRequest | undefined;
}

export type TakeRequest = (request: object, extra: MessageExtra) => void;

export interface MultiplexingOptions {
  /** Describes the caller of an exchange in the terms of the server's SDK. */
  readonly extraOf?: (exchange: Exchange) => MessageExtra;
  /**
   * What the server gets as `params`. Present where progress names a request only by a token: it is
   * then the id.
   */
  readonly paramsOf?: (exchange: Exchange, id: number) => JsonObject | undefined;
  /**
   * True when all exchanges are of one client: what names no request belongs to the only one that is
   * open, if there is only one.
   */
  readonly singleClient: boolean;
  /** Told when an exchange is answered, or ends without an answer. */
  readonly onLeft?: (exchange: Exchange, isAnswered: boolean) => void;
  /** Told of a notification that belongs to no request; by default it is dropped. */
  readonly onUnrelated?: (notification: JsonRpcNotification) => void;
}

const SENT = Promise.resolve();
const NO_EXTRA: MessageExtra = {};

type MessageListener = (message: object, extra?: MessageExtra) => void;

/** An exchange that waits for its answer. */
interface Pending {
  readonly id: RequestId;
  readonly exchange: Exchange;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export class MultiplexingTransport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  readonly #options: MultiplexingOptions;
  readonly #pending = new ShortLivedSet<Pending>();
  readonly #questions = new ServerQuestions((answer) => this.#listener?.(answer));
  // From 1: SDK v1 ignores the cancellation of a falsy id (shared/protocol.js, _oncancel).
  #nextId = 1;
  #closedBy: Error | undefined;
  #listener: MessageListener | undefined;
  #isWatched = false;
  #server: Connectable | undefined;

  constructor(options: MultiplexingOptions) {
    this.#options = options;
  }

  /** Exchanges that wait for their answers. */
  get open(): number {
    return this.#pending.size;
  }

  /** Connects a server, once. @throws what the server throws. */
  async connect(server: Connectable): Promise<void> {
    await server.instance.connect(this);
    // An author's own `connect` may have put another transport, or another server, in between.
    if (server.protocol.transport === this) this.#server = server;
  }

  /**
   * Set by the SDK when its server connects, and again by who watches its messages, as tracing
   * libraries do.
   */
  set onmessage(listener: MessageListener | undefined) {
    this.#isWatched = this.#listener !== undefined;
    this.#listener = listener;
  }

  get onmessage(): MessageListener | undefined {
    return this.#listener;
  }

  async start(): Promise<void> {}

  /**
   * Called by the SDK when its server closes; nothing that is still awaited can be answered then.
   */
  async close(): Promise<void> {
    this.fail(closedError());
    this.onclose?.();
  }

  /** What is still awaited, and all that is asked later, fails with `error`. */
  fail(error: Error): void {
    this.#closedBy ??= error;
    for (const pending of this.#pending) {
      this.#pending.delete(pending);
      pending.reject(error);
    }
  }

  /**
   * Sends the request of an exchange to the server; resolves with its answer, or never once the
   * exchange has ended.
   * @throws when the server closes, or has closed, its connection, and what sending throws.
   */
  exchange(exchange: Exchange): Promise<Answer> {
    const { method, params } = exchange.request;
    const { extraOf, paramsOf } = this.#options;
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (this.#closedBy) throw this.#closedBy;
      this.#pending.add({ id, exchange, resolve, reject });
      exchange.onAbort(() => this.#cancel(id));
      const sent = paramsOf ? paramsOf(exchange, id) : params;
      try {
        const message = { jsonrpc: '2.0', id, method, params: sent };
        this.#request(message, extraOf ? extraOf(exchange) : NO_EXTRA);
      } catch (error) {
        this.#take(id);
        throw error;
      }
    });
  }

  /**
   * The SDKs' listener tries each message against three schemas before it passes a request on. The
   * form of ours was checked when it was read, so it goes where the listener would send it.
   */
  #request(message: object, extra: MessageExtra): void {
    const take = this.#isWatched ? undefined : this.#server?.takeRequest;
    if (take) take(message, extra);
    else this.#listener?.(message, extra);
  }

  /** Sends a notification to the server, such as `notifications/initialized`. */
  notify(method: string, params?: JsonObject): void {
    this.#listener?.({ jsonrpc: '2.0', method, ...(params && { params }) });
  }

  /** Called by the SDK for everything that the server says. */
  send(message: WireMessage, options?: SendOptions): Promise<void> {
    try {
      if (message.method === undefined) this.#settle(message);
      else if (message.id !== undefined) this.#ask(message, options?.relatedRequestId);
      else {
        const { method, params } = message;
        return this.#notification(method, params, options?.relatedRequestId) ?? SENT;
      }
      return SENT;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #settle(message: WireMessage): void {
    const id = message.id as RequestId;
    const pending = this.#take(id);
    if (!pending) return; // Answered already: the deadline passed or the caller left.
    this.#options.onLeft?.(pending.exchange, true);
    pending.resolve(message.error ? { error: message.error } : { result: message.result });
  }

  #take(id: RequestId): Pending | undefined {
    const pending = this.#find(id);
    if (pending) this.#pending.delete(pending);
    return pending;
  }

  #find(id: RequestId): Pending | undefined {
    return this.#pending.find((pending) => pending.id === id);
  }

  /** @returns a promise while its caller has more to read. */
  #notification(
    method: string,
    params: JsonObject | undefined,
    relatedId?: RequestId,
  ): Promise<void> | undefined {
    // The SDKs send it for a question they no longer wait for, with their own id, which no client
    // knows.
    if (method === NOTIFICATIONS.cancelled) {
      this.#questions.withdraw(params?.requestId);
      return undefined;
    }
    if (method === NOTIFICATIONS.progress && this.#options.paramsOf) {
      this.#progress(params);
      return undefined;
    }
    const exchange = this.#exchangeFor(relatedId);
    const notification = { jsonrpc: '2.0', method, ...(params && { params }) } as const;
    const isFor = (it: Exchange): boolean => relatedId !== undefined || belongsTo(it, notification);
    if (exchange && isFor(exchange)) return exchange.notify(notification);
    if (relatedId === undefined) this.#options.onUnrelated?.(notification);
    return undefined;
  }

  /** Under the caller's own token again; without one the caller wants none. */
  #progress(params: JsonObject | undefined): void {
    const exchange = this.#find(params?.progressToken as RequestId)?.exchange;
    const progressToken = exchange && progressTokenOf(exchange);
    if (progressToken === undefined) return;
    const reported = { ...params, progressToken };
    void exchange?.notify({ jsonrpc: '2.0', method: NOTIFICATIONS.progress, params: reported });
  }

  #exchangeFor(relatedId?: RequestId): Exchange | undefined {
    if (relatedId !== undefined) return this.#find(relatedId)?.exchange;
    const isOnlyOne = this.#options.singleClient && this.#pending.size === 1;
    return isOnlyOne ? this.#pending.find(() => true)?.exchange : undefined;
  }

  // The server asks its client something.
  #ask(message: WireMessage, relatedId?: RequestId): void {
    this.#questions.ask(message, this.#exchangeFor(relatedId), () => this.#whyNot(relatedId));
  }

  #whyNot(relatedId?: RequestId): Refusal {
    if (relatedId !== undefined) return whyNobodyIsAsked.ended;
    if (!this.#options.singleClient) return whyNobodyIsAsked.unrelated;
    return this.#pending.size === 0 ? whyNobodyIsAsked.ended : whyNobodyIsAsked.ambiguous;
  }

  #cancel(id: number): void {
    const pending = this.#take(id);
    if (!pending) return;
    this.#options.onLeft?.(pending.exchange, false);
    // MCP 2025-11-25, basic/utilities/cancellation: never of the handshake.
    if (pending.exchange.request.method === 'initialize') return;
    this.notify(NOTIFICATIONS.cancelled, {
      requestId: id,
      reason: 'The caller no longer waits.',
    });
  }
}

function progressTokenOf({ request }: Exchange): unknown {
  return (request.params?._meta as JsonObject | undefined)?.progressToken;
}

function closedError(): Error {
  return new Error('The server has closed its connection.');
}
