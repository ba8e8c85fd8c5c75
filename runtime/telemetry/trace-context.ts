// What a message belongs to: W3C trace context from `_meta` (SEP-414) or from the HTTP headers.
// Baggage is not read: it is the client's, and would travel on to third parties.

import {
  type Context,
  isSpanContextValid,
  type Link,
  ROOT_CONTEXT,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type { Caller, JsonObject } from '../exchange/exchange.ts';

const propagator = new W3CTraceContextPropagator();

export interface TraceContext {
  readonly parent: Context;
  readonly links: Link[];
}

/**
 * The message's own context is the parent, that of HTTP a link; without the first the second is the
 * parent.
 */
export function traceContextOf(params: JsonObject | undefined, caller: Caller): TraceContext {
  const http = contextFrom(caller.headers);
  const own = contextFrom((params?._meta ?? {}) as JsonObject);
  if (!own) return { parent: http ?? ROOT_CONTEXT, links: [] };
  const linked = http && trace.getSpanContext(http);
  return { parent: own, links: linked ? [{ context: linked }] : [] };
}

/** @returns undefined for a context that is missing or malformed. */
function contextFrom({ traceparent, tracestate }: JsonObject): Context | undefined {
  if (typeof traceparent !== 'string') return undefined;
  const carrier = { traceparent, ...(typeof tracestate === 'string' && { tracestate }) };
  const extracted = propagator.extract(ROOT_CONTEXT, carrier, {
    get: (from, name) => (from as Record<string, string>)[name],
    keys: (from) => Object.keys(from),
  });
  const span = trace.getSpanContext(extracted);
  return span && isSpanContextValid(span) ? extracted : undefined;
}
