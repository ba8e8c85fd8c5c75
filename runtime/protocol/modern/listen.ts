// `subscriptions/listen` of 2026-07-28: an event stream that carries what a shared server says of
// its own accord.

import type { Backend } from '../../exchange/backend.ts';
import type { Answer, Caller, JsonObject, JsonRpcNotification } from '../../exchange/exchange.ts';
import type { OpenExchange } from '../../exchange/open-exchange.ts';
import { HostError } from '../../exchange/refusals.ts';
import { META_KEYS, NOTIFICATIONS } from '../../exchange/wire-names.ts';
import type { AnswerForm } from '../accept.ts';
import type { Waiting, WaitingPlaces } from '../questions/waiting-places.ts';

/** Each stream holds an invocation of the Functions host; clients listen again when theirs ends. */
const LIFE_MS = 600_000;

/**
 * What a client may listen to, the notification that carries it, and the capability that offers it.
 */
const LIST_CHANGES = [
  ['toolsListChanged', NOTIFICATIONS.toolsChanged, 'tools'],
  ['promptsListChanged', NOTIFICATIONS.promptsChanged, 'prompts'],
  ['resourcesListChanged', NOTIFICATIONS.resourcesChanged, 'resources'],
] as const;

/** The listening clients of one server. */
export class Subscriptions {
  readonly #backend: Backend;
  readonly #isServed: boolean;
  readonly #places: WaitingPlaces;
  readonly #streams = new Set<Stream>();
  #isClosed = false;

  /** @param isServed `subscriptions: true` on a shared server; otherwise nothing is granted. */
  constructor(backend: Backend, isServed: boolean, places: WaitingPlaces) {
    this.#backend = backend;
    this.#isServed = isServed;
    this.#places = places;
    backend.subscribe((event, mayHear) => {
      if (typeof event !== 'string') this.#publish(event, mayHear);
    });
  }

  /**
   * Acknowledges what is granted, and answers when the stream ends; at once when nothing is
   * granted.
   * @param exchange whose params were checked.
   * @throws HostError `needs-event-stream`, `overloaded`; nothing was acknowledged then.
   */
  async listen(exchange: OpenExchange, form: AnswerForm): Promise<Answer> {
    const granted = this.#grant(exchange.request.params?.notifications as JsonObject);
    const isEmpty = Object.keys(granted).length === 0;
    if (!isEmpty && form === 'json') throw new HostError('needs-event-stream');
    const stream = new Stream(exchange, granted);
    const isKept = !isEmpty && !this.#isClosed;
    if (isKept && !this.#places.take(stream)) throw new HostError('overloaded');
    stream.send({
      method: 'notifications/subscriptions/acknowledged',
      params: { notifications: granted },
    });
    if (!isKept) return stream.answer();
    this.#streams.add(stream);
    exchange.pauseDeadline();
    return stream.wait(() => {
      this.#streams.delete(stream);
      this.#places.leave(stream);
    });
  }

  /** Passes a notification that belongs to no request on to those who listen to it. */
  #publish(
    notification: JsonRpcNotification,
    mayHear: (caller: Caller) => boolean = () => true,
  ): void {
    for (const stream of this.#streams) {
      if (stream.wants(notification) && mayHear(stream.caller)) stream.send(notification);
    }
  }

  /** Ends all streams properly, now and from now on: the process is shutting down. */
  close(): void {
    this.#isClosed = true;
    for (const stream of this.#streams) stream.end();
  }

  #grant(wanted: JsonObject): JsonObject {
    if (!this.#isServed) return {};
    const capabilities = (this.#backend.declarations?.capabilities ?? {}) as Record<
      string,
      JsonObject | undefined
    >;
    const lists = LIST_CHANGES.filter(
      ([name, , capability]) => wanted[name] === true && capabilities[capability]?.listChanged,
    );
    const granted: Record<string, unknown> = Object.fromEntries(
      lists.map(([name]) => [name, true]),
    );
    const uris = wanted.resourceSubscriptions;
    if (Array.isArray(uris) && uris.length > 0 && capabilities.resources?.subscribe) {
      granted.resourceSubscriptions = uris.filter((uri) => typeof uri === 'string');
    }
    return granted;
  }
}

class Stream implements Waiting {
  readonly #exchange: OpenExchange;
  readonly #granted: JsonObject;
  #resolve: ((answer: Answer) => void) | undefined;

  constructor(exchange: OpenExchange, granted: JsonObject) {
    this.#exchange = exchange;
    this.#granted = granted;
  }

  get caller(): Caller {
    return this.#exchange.caller;
  }

  /** It has no arguments to speak of: ending it frees a place, not memory. */
  get heldBytes(): number {
    return 0;
  }

  wants({ method, params }: JsonRpcNotification): boolean {
    const list = LIST_CHANGES.find(([, notification]) => notification === method);
    if (list) return this.#granted[list[0]] === true;
    const uris = this.#granted.resourceSubscriptions as string[] | undefined;
    return (
      method === NOTIFICATIONS.resourceUpdated && uris?.includes(params?.uri as string) === true
    );
  }

  send({ method, params }: Omit<JsonRpcNotification, 'jsonrpc'>): void {
    const _meta = { ...(params?._meta as JsonObject | undefined), ...this.#meta() };
    void this.#exchange.notify({ jsonrpc: '2.0', method, params: { ...params, _meta } });
  }

  /** Waits for the end of the stream: its life, a shutdown, or the client's leaving. */
  wait(onEnd: () => void): Promise<Answer> {
    return new Promise<Answer>((resolve) => {
      const timer = setTimeout(() => this.end(), LIFE_MS).unref();
      this.#resolve = (answer) => {
        clearTimeout(timer);
        onEnd();
        resolve(answer);
      };
      this.#exchange.onAbort(() => this.end());
    });
  }

  end(): void {
    this.#resolve?.(this.answer());
    this.#resolve = undefined;
  }

  answer(): Answer {
    return { result: { _meta: this.#meta() } };
  }

  #meta(): JsonObject {
    return { [META_KEYS.subscriptionId]: this.#exchange.request.id };
  }
}
