// The session id of the 2025 era without a session: it holds what the client declared at `initialize`, sealed, so
// that any later request tells whether the client can be asked something.

import type { Caller, JsonObject, JsonRpcRequest } from '../exchange/exchange.ts';
import type { Sealer } from './seal.ts';

export const SESSION_HEADER = 'mcp-session-id';

/** What a server may ask of a client; other capabilities are not kept. */
const ASKABLE = ['elicitation', 'sampling', 'roots'];

/** Clients and proxies refuse answers with long headers; what clients really declare takes some hundred characters. */
const MAX_SESSION_ID_LENGTH = 2_048;

/**
 * @returns the session header for the answer to `initialize`; that a client declared nothing is remembered, too. None
 * for one that declared more than a header holds: what it can be asked is unknown then.
 */
export function sessionHeaders(
  { params }: JsonRpcRequest,
  server: string,
  caller: Caller,
  sealer: Sealer,
): Readonly<Record<string, string>> {
  const declared = Object.entries((params?.capabilities ?? {}) as JsonObject);
  const capabilities = Object.fromEntries(declared.filter(([name]) => ASKABLE.includes(name)));
  const sessionId = sealer.seal(purposeOf(server, caller), capabilities);
  return sessionId.length > MAX_SESSION_ID_LENGTH ? {} : { [SESSION_HEADER]: sessionId };
}

/** @returns undefined for a session id that is missing or cannot be opened (another key, a restart): unknown, no error. */
export function declaredCapabilities(
  sessionId: unknown,
  server: string,
  caller: Caller,
  sealer: Sealer,
): JsonObject | undefined {
  return sealer.open(purposeOf(server, caller), sessionId) as JsonObject | undefined;
}

function purposeOf(server: string, caller: Caller): string {
  return JSON.stringify(['session', server, caller.subject]);
}
