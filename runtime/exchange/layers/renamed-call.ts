// A call of a tool under the name that its server uses; all else is the exchange that it came with.

import type { Caller, Exchange } from '../exchange.ts';
import { ForwardingExchange } from '../forwarding-exchange.ts';
import { ForwardingCaller } from './forwarding-caller.ts';

/** MCP 2026-07-28, basic/transports/streamable-http, "Standard headers": it repeats the name. */
const NAME_HEADER = 'mcp-name';

export class RenamedCall extends ForwardingExchange {
  readonly #caller: Caller;

  constructor(exchange: Exchange, name: string) {
    const { request, caller } = exchange;
    super(exchange, { ...request, params: { ...request.params, name } });
    this.#caller = new RenamedCaller(caller, name);
  }

  override get caller(): Caller {
    return this.#caller;
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
