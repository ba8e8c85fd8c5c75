// What a server outside of this process learns of the trace: the host's own span of the request, in
// the `_meta` keys of MCP for it, and never the caller's baggage.

import { isObject } from '../../config/json-value.ts';
import type { Exchange, JsonObject } from '../exchange/exchange.ts';
import { ForwardingExchange } from '../exchange/forwarding-exchange.ts';

/** Where the id of the trace stands in a W3C `traceparent`. */
const TRACE_ID = [3, 35] as const;

/** @returns the exchange itself where nothing has to change. */
export function inOwnTrace(exchange: Exchange): Exchange {
  const traceparent = exchange.trace?.traceparent;
  const { request } = exchange;
  const meta = isObject(request.params?._meta) ? request.params._meta : {};
  if (traceparent === undefined && meta.baggage === undefined) return exchange;
  const params = { ...request.params, _meta: joined(meta, traceparent) };
  return new ForwardingExchange(exchange, { ...request, params });
}

function joined({ baggage: _, ...meta }: JsonObject, traceparent: string | undefined): JsonObject {
  if (traceparent === undefined) return meta;
  const { tracestate, ...others } = meta;
  // The state of the caller's tools belongs to the caller's trace.
  const isSameTrace =
    typeof meta.traceparent === 'string' && traceIdOf(meta.traceparent) === traceIdOf(traceparent);
  return { ...others, traceparent, ...(isSameTrace && tracestate !== undefined && { tracestate }) };
}

function traceIdOf(traceparent: string): string {
  return traceparent.slice(...TRACE_ID);
}
