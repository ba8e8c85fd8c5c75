// One program that has met its client: requests go in, answers come out, until it ends or is ended.

import { isObject } from '../../../config/json-value.ts';
import { type Ask, type ListMethod, listsChangedBy } from '../../exchange/declared-lists.ts';
import type {
  Answer,
  Client,
  Era,
  Exchange,
  JsonObject,
  JsonRpcNotification,
} from '../../exchange/exchange.ts';
import { ForwardingExchange } from '../../exchange/forwarding-exchange.ts';
import { endReasonOf } from '../../exchange/open-exchange.ts';
import { HostError } from '../../exchange/refusals.ts';
import type { RestartReason } from '../../exchange/restarts.ts';
import { ERROR_CODES, META_KEYS } from '../../exchange/wire-names.ts';
import type { MeasuredChild } from '../children-memory.ts';
import { ask, type Handshake } from '../declarations.ts';
import { answerWithInput } from '../input-required.ts';
import { answerInTime, type Waiting } from '../internal-exchange.ts';
import { MultiplexingTransport, type WireMessage } from '../multiplexing-transport.ts';
import { AskedTogether } from './asked-together.ts';
import type { Child, ChildEnd } from './child.ts';
import { HOST_PARAMS } from './introduction.ts';
import { describeEnd, EVICTED } from './loss.ts';
import { paramsFor } from './wire-params.ts';

/** Calls in a row that a program leaves unanswered before it is asked whether it still lives. */
const MAX_UNANSWERED = 3;
const PING_LIMIT_MS = 5_000;
const MIB = 1_024 * 1_024;
/** The id of the request by which a program of 2026-07-28 reports changes; ours are numbers. */
const LISTENING = 'listening';

export interface ConnectionOptions {
  readonly era: Era;
  /** The client that the program knows; a shared program cannot ask any client. */
  readonly client: Client;
  /** What distinguishes its environment from others. */
  readonly environmentKey: string;
  readonly isShared: boolean;
  /** Without requests for this long it ends, milliseconds. */
  readonly idleTimeoutMs: number;
  /** Resident memory with which it ends, MiB. */
  readonly memoryMb: number | undefined;
  readonly warn: (fields: object, message: string) => void;
  /** Called when it ends unexpectedly. */
  readonly onLoss: (reason: RestartReason, fields: object) => void;
  /** Told of what names no request. */
  readonly onUnrelated: (notification: JsonRpcNotification) => void;
  /** Called once, as soon as it takes no new requests. `end` is present when it ended by itself. */
  readonly onLeave: (connection: Connection, end: ChildEnd | undefined) => void;
}

export class Connection implements MeasuredChild {
  readonly options: ConnectionOptions;
  readonly transport: MultiplexingTransport;
  /** Lists that changed in this program, so that it alone knows them. */
  readonly ownLists = new Set<ListMethod>();
  handshake: Handshake | undefined;
  /** On its way to its first request, or to all of its requests: it does not count as idle. */
  isReserved = true;
  readonly #child: Child;
  /** How it ended, once it has. */
  #end: ChildEnd | undefined;
  #hasLeft = false;
  /** Calls of 2025-era callers that may be between two requests. */
  #rounds = 0;
  #lastUsedAt = performance.now();
  #unanswered = 0;
  #isPinged = false;
  #idleTimer: NodeJS.Timeout | undefined;

  /** @param child whose messages and end are given to {@link hear} and {@link ended}. */
  constructor(child: Child, options: ConnectionOptions) {
    this.#child = child;
    this.options = options;
    const { era } = options;
    this.transport = new MultiplexingTransport({
      singleClient: !options.isShared,
      paramsOf: (exchange, id) => paramsFor(era, exchange, id),
      onLeft: (exchange, isAnswered) => this.#left(exchange, isAnswered),
      onUnrelated: (notification) => this.#unrelated(notification),
    });
    this.transport.onmessage = (message) => this.#send(message as WireMessage);
  }

  /** Whether it takes requests. */
  get isOpen(): boolean {
    return !this.#hasLeft;
  }

  get endedBy(): ChildEnd | undefined {
    return this.#end;
  }

  get idleSince(): number | undefined {
    const isNeeded = this.isReserved || this.transport.open > 0 || this.#rounds > 0;
    return isNeeded ? undefined : this.#lastUsedAt;
  }

  /** From now on it ends when no one needs it for long. */
  watchIdle(afterMs = this.options.idleTimeoutMs): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => {
      const { idleSince } = this;
      const leftMs = this.options.idleTimeoutMs - (performance.now() - (idleSince ?? 0));
      if (idleSince === undefined) this.watchIdle();
      else if (leftMs > 0) this.watchIdle(leftMs);
      else void this.end();
    }, afterMs).unref();
  }

  answer(exchange: Exchange): Promise<Answer> {
    const { era, isShared } = this.options;
    if (era === exchange.era) return this.transport.exchange(exchange);
    if (era === 'modern') return this.#answerLegacy(exchange);
    return this.transport.exchange(isShared ? exchange : new AskedTogether(exchange));
  }

  /** Requests of the host's own. */
  askFor(waiting: Waiting): Ask {
    const { era } = this.options;
    const source = { transport: this.transport, era, params: era === 'modern' ? HOST_PARAMS : {} };
    return (method, params) => ask(source, waiting, method, params);
  }

  /** A program of 2026-07-28 reports changes only where somebody listens. */
  listen({ capabilities }: Handshake): void {
    if (this.options.era !== 'modern') return;
    const tells = (name: string): boolean => {
      const capability = capabilities[name];
      return isObject(capability) && capability.listChanged === true;
    };
    const notifications = {
      ...(tells('tools') && { toolsListChanged: true }),
      ...(tells('prompts') && { promptsListChanged: true }),
      ...(tells('resources') && { resourcesListChanged: true }),
    };
    if (Object.keys(notifications).length === 0) return;
    const params = { ...HOST_PARAMS, notifications };
    this.#send({ id: LISTENING, method: 'subscriptions/listen', params });
  }

  memoryBytes(): Promise<number | undefined> {
    return this.#child.memoryBytes();
  }

  measured(bytes: number): void {
    const { memoryMb } = this.options;
    if (memoryMb === undefined || bytes <= memoryMb * MIB || this.#hasLeft) return;
    const usedMb = Math.round(bytes / MIB);
    const detail = 'The program uses more memory than `memoryMb` allows.';
    this.options.onLoss('out-of-memory', { usedMb, memoryMb, detail });
    void this.end('memory');
  }

  makeRoom(): Promise<void> {
    this.options.onLoss('evicted', { detail: EVICTED });
    return this.end();
  }

  /** Takes no new requests from now on. @returns when the program is gone. */
  end(cause?: ChildEnd['cause'], limitMs?: number): Promise<void> {
    this.#leave(undefined);
    return this.#child.end(cause, limitMs);
  }

  /** A message of the program. */
  hear(message: WireMessage): void {
    const { id, method, error } = message;
    if (method !== undefined && id !== undefined) {
      if (method === 'ping') this.#send({ id, result: {} });
      else if (this.options.isShared) this.#send({ id, error: NO_CLIENT });
      else this.#pass(message);
    } else if (error !== undefined && !isError(error)) {
      this.#pass({ ...message, error: MALFORMED });
    } else if (method !== 'notifications/subscriptions/acknowledged') this.#pass(message);
  }

  /** The program has ended, or can answer nothing more. */
  ended(end: ChildEnd): void {
    this.#end = end;
    this.#leave(end);
    this.transport.fail(new HostError('server-exited', { detail: describeEnd(end) }));
  }

  async #answerLegacy(exchange: Exchange): Promise<Answer> {
    this.#rounds += 1;
    let isOver = false;
    const finish = (): void => {
      if (isOver) return;
      isOver = true;
      this.#rounds -= 1;
      this.#lastUsedAt = performance.now();
    };
    // An exchange that ends never gets its answer.
    exchange.onAbort(finish);
    try {
      return await answerWithInput(exchange, (further) =>
        this.transport.exchange(withParams(exchange, further)),
      );
    } finally {
      finish();
    }
  }

  #leave(end: ChildEnd | undefined): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    clearTimeout(this.#idleTimer);
    this.options.onLeave(this, end);
  }

  #left(exchange: Exchange, isAnswered: boolean): void {
    this.#lastUsedAt = performance.now();
    if (isAnswered) this.#unanswered = 0;
    else if (endReasonOf(exchange) === 'deadline') this.#unanswered += 1;
    if (this.#unanswered < MAX_UNANSWERED || this.#isPinged || this.#hasLeft) return;
    this.#isPinged = true;
    void this.#ping();
  }

  /** Any answer is a sign of life: 2026-07-28 has no `ping`. */
  async #ping(): Promise<void> {
    const params = this.options.era === 'modern' ? HOST_PARAMS : {};
    const request = { era: this.options.era, method: 'ping', params };
    const answer = await answerInTime(this.transport, request, undefined, PING_LIMIT_MS);
    this.#isPinged = false;
    if (answer || this.#hasLeft) return;
    const detail = 'The program does not answer calls or pings.';
    this.options.onLoss('unanswered', { unanswered: this.#unanswered, detail });
    const gone = this.end();
    this.transport.fail(
      new HostError('server-exited', { detail: 'The program no longer answered.' }),
    );
    await gone;
  }

  #unrelated(notification: JsonRpcNotification): void {
    for (const method of listsChangedBy(notification.method)) this.ownLists.add(method);
    const { _meta, ...params } = notification.params ?? {};
    const isHeard = isObject(_meta) && _meta[META_KEYS.subscriptionId] === LISTENING;
    this.options.onUnrelated(isHeard ? { ...notification, params } : notification);
  }

  #pass(message: WireMessage): void {
    this.transport.send(message).catch((error) => {
      this.options.warn({ err: error }, 'a message of the program was dropped');
    });
  }

  /** @throws HostError `overloaded` for a request that the program does not read. */
  #send(message: WireMessage): void {
    try {
      this.#child.send('jsonrpc' in message ? message : { jsonrpc: '2.0', ...message });
    } catch (error) {
      if (message.method !== undefined && message.id !== undefined) throw error;
      // No one waits for an answer to the others, and a program that reads nothing is found out by
      // its calls.
    }
  }
}

const NO_CLIENT = {
  code: ERROR_CODES.methodNotFound,
  message: 'Method not found: a shared program has no client to ask.',
};

const MALFORMED = {
  code: ERROR_CODES.internalError,
  message: 'The program answered with an error that is not a JSON-RPC error.',
};

function isError(error: unknown): boolean {
  return isObject(error) && Number.isInteger(error.code) && typeof error.message === 'string';
}

function withParams(exchange: Exchange, further: JsonObject): Exchange {
  const { request } = exchange;
  const params = { ...request.params, ...further };
  return new ForwardingExchange(exchange, { ...request, params });
}
