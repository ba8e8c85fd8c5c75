// A request before its exchange opens, and its wait for the server.

import type { IncomingHttpHeaders } from 'node:http';
import type { Backend } from '../exchange/backend.ts';
import type { Answer } from '../exchange/exchange.ts';
import type { OpenExchange } from '../exchange/open-exchange.ts';
import type { AnswerForm } from './accept.ts';
import type { Endpoint } from './endpoint.ts';
import type { McpResponse } from './response.ts';

export interface IncomingRequest {
  readonly headers: IncomingHttpHeaders;
  readonly form: AnswerForm;
  readonly endpoint: Endpoint;
  readonly response: McpResponse;
}

/** Answered from what the server declared when it last served. */
const DECLARED: ReadonlySet<string> = new Set(['initialize', 'server/discover']);

/**
 * Waits while the server starts, so that a cold start loses no one.
 * @throws HostError `unavailable`, also by rejecting.
 */
export function whenReady(
  exchange: OpenExchange,
  backend: Backend,
  work: () => Answer | Promise<Answer>,
): Answer | Promise<Answer> {
  const { request, caller, era } = exchange;
  const isKnown = backend.declarations !== undefined && !backend.isIncomplete?.(era);
  const isDeclared = DECLARED.has(request.method) && isKnown;
  const waiting = isDeclared ? undefined : backend.ready(era, caller, request);
  if (!waiting) return work();
  return waiting.then(() => {
    // The caller may have left, or run out of time, while the server was starting.
    exchange.throwIfEnded();
    return work();
  });
}
