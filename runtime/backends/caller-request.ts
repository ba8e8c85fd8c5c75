// The caller's HTTP request as servers may see it: mount path and headers without credentials, in each SDK's terms.

import type { Exchange } from '../exchange/exchange.ts';
import type { MessageExtra } from './multiplexing-transport.ts';
import type { SdkServer } from './sdk-server.ts';

/** Host part of the URL that servers see: the real one says nothing true behind proxies. */
const ORIGIN = 'http://mcp.invalid';

/** The request as SDK v2 documents it: a web `Request` without its body, aborted with the exchange. */
export function callerRequest(exchange: Exchange): Request {
  const { headers, path } = exchange.caller;
  return new Request(ORIGIN + path, { method: 'POST', headers, signal: exchange.signal });
}

/** What a handler learns of its caller: SDK v1 `extra.requestInfo.headers`, SDK v2 `ctx.http.req`. */
export function extraFor(sdk: SdkServer['sdk']): (exchange: Exchange) => MessageExtra {
  if (sdk === 'v2') {
    return (exchange) => ({
      authInfo: exchange.caller.authInfo,
      request: callerRequest(exchange),
    });
  }
  return (exchange) => ({
    authInfo: exchange.caller.authInfo,
    requestInfo: { headers: exchange.caller.headers },
  });
}
