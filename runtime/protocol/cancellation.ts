// `notifications/cancelled` of the 2025 era: finds the request that a client no longer wants, and
// ends it.

import type { IncomingHttpHeaders } from 'node:http';
import type { Caller, JsonRpcNotification } from '../exchange/exchange.ts';
import type { OpenExchange } from '../exchange/open-exchange.ts';
import type { Endpoint } from './endpoint.ts';
import { isSessionOf, SESSION_HEADER } from './session.ts';

/**
 * Ends the request in flight that has the same session, caller and id. Everything else has no
 * effect (MCP 2025-11-25, basic/utilities/cancellation): an id that is unknown, answered or
 * malformed, `initialize`, and a session id that is missing or cannot be opened.
 */
export function cancelRequest(
  { params }: JsonRpcNotification,
  headers: IncomingHttpHeaders,
  caller: Caller,
  { config, desk, sealer }: Endpoint,
  inFlight: Iterable<OpenExchange>,
): void {
  const sessionId = headers[SESSION_HEADER];
  if (sessionId === undefined) return;
  const [wanted, ...others] = [...inFlight].filter(
    (exchange) =>
      exchange.request.id === params?.requestId &&
      exchange.request.method !== 'initialize' &&
      exchange.sessionId === sessionId &&
      exchange.caller.subject === caller.subject,
  );
  // Ids are unique within a session. Of two that are equal, nothing tells which one is meant.
  if (!wanted || others.length > 0) return;
  // Opened last, because that is what costs: few notifications get this far without being genuine.
  if (!isSessionOf(sessionId, config.name, caller, sealer)) return;
  desk.takeBack(wanted);
  wanted.end('cancelled');
}
