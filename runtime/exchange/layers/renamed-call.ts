// A call of a tool under the name that its server uses; all else is the exchange that it came with.

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
} from '../exchange.ts';
import { ForwardingCaller } from './forwarding-caller.ts';

/** MCP 2026-07-28, basic/transports/streamable-http, "Standard headers": it repeats the name. */
const NAME_HEADER = 'mcp-name';

export class RenamedCall implements Exchange {
  readonly request: JsonRpcRequest;
  readonly caller: Caller;
  readonly #exchange: Exchange;

  constructor(exchange: Exchange, name: string) {
    const { request, caller } = exchange;
    this.#exchange = exchange;
    this.request = { ...request, params: { ...request.params, name } };
    this.caller = new RenamedCaller(caller, name);
  }

  get era(): Era {
    return this.#exchange.era;
  }

  get client(): Client {
    return this.#exchange.client;
  }

  get clientKey(): string | undefined {
    return this.#exchange.clientKey;
  }

  get signal(): AbortSignal {
    return this.#exchange.signal;
  }

  onAbort(listener: () => void): void {
    this.#exchange.onAbort(listener);
  }

  throwIfEnded(): void {
    this.#exchange.throwIfEnded();
  }

  notify(notification: JsonRpcNotification): void {
    this.#exchange.notify(notification);
  }

  ask(question: Question, options: QuestionOptions): Promise<Answer> {
    return this.#exchange.ask(question, options);
  }
}

export class RenamedCaller extends ForwardingCaller {
  readonly #name: string;

  constructor(caller: Caller, name: string) {
    super(caller);
    this.#name = name;
  }

  override get headers(): Caller['headers'] {
    const { headers } = this.inner;
    if (headers[NAME_HEADER] === undefined) return headers;
    return { ...headers, [NAME_HEADER]: headerValue(this.#name) };
  }
}

/** As a client writes a name that a header cannot carry (the same section, "Value Encoding"). */
function headerValue(name: string): string {
  const isPlain = /^[\x21-\x7e]+$/.test(name) && !name.startsWith('=?');
  return isPlain ? name : `=?base64?${Buffer.from(name).toString('base64')}?=`;
}
