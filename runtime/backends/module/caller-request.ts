// The caller's HTTP request as servers may see it: URL and headers without credentials, in each
// SDK's terms.

import { isObject } from '../../../config/json-value.ts';
import type { Caller, Exchange } from '../../exchange/exchange.ts';
import type { MessageExtra } from '../multiplexing-transport.ts';
import type { SdkServer } from './sdk-server.ts';

/** Host part of the URL that servers see: the real one says nothing true behind proxies. */
const ORIGIN = 'http://mcp.invalid';

/**
 * What SDK v2 calls `ctx.http.req`: the members of a web `Request` but for its body, made when they
 * are read.
 */
export class CallerRequest {
  readonly method = 'POST';
  readonly #exchange: Exchange;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  static exchangeOf(value: object): Exchange | undefined {
    return #exchange in value ? value.#exchange : undefined;
  }

  get url(): string {
    return urlOf(this.#exchange.caller);
  }

  get headers(): Headers {
    return new Headers(this.#exchange.caller.headers);
  }

  get signal(): AbortSignal {
    return this.#exchange.signal;
  }
}

/** What SDK v1 calls `extra.requestInfo`. */
class CallerRequestInfo {
  readonly #exchange: Exchange;
  #url: URL | undefined;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  static exchangeOf(value: object): Exchange | undefined {
    return #exchange in value ? value.#exchange : undefined;
  }

  get url(): URL {
    this.#url ??= new URL(urlOf(this.#exchange.caller));
    return this.#url;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#exchange.caller.headers;
  }
}

/** @returns the exchange that a handler's `extra.requestInfo` or `ctx.http.req` was made for. */
export function exchangeOf(request: unknown): Exchange | undefined {
  if (!isObject(request)) return undefined;
  return CallerRequest.exchangeOf(request) ?? CallerRequestInfo.exchangeOf(request);
}

/** The same as a real web `Request`, for `createMcpHandler`; aborted with the exchange. */
export function webRequest(exchange: Exchange): Request {
  const { caller, signal } = exchange;
  return new Request(urlOf(caller), { method: 'POST', headers: caller.headers, signal });
}

function urlOf({ path, query }: Caller): string {
  return ORIGIN + path + query;
}

/** What a handler learns of its caller: SDK v1 `extra.requestInfo`, SDK v2 `ctx.http.req`. */
export function extraFor(server: Pick<SdkServer, 'sdk'>): (exchange: Exchange) => MessageExtra {
  return (exchange) => {
    const { authInfo } = exchange.caller;
    return server.sdk === 'v2'
      ? { authInfo, request: new CallerRequest(exchange) }
      : { authInfo, requestInfo: new CallerRequestInfo(exchange) };
  };
}
