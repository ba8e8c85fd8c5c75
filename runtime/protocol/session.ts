// The session id of the 2025 era without a session: it holds what the client said about itself at
// `initialize`, sealed, so that any later request tells whether the client can be asked something.
// No two seals are equal, so it also tells the sessions of one caller apart.

import { isObject } from '../../config/json-value.ts';
import type { Caller, Client, JsonObject, JsonRpcRequest } from '../exchange/exchange.ts';
import { NONCE_LENGTH, type Sealer } from './seal.ts';
import { withoutTaskCapabilities } from './tasks.ts';

export const SESSION_HEADER = 'mcp-session-id';

/** What a server may ask of a client. */
const ASKABLE = ['elicitation', 'sampling', 'roots'];
/** What a server may want to know besides, such as MCP Apps; kept where it fits. */
const TOLD = [...ASKABLE, 'extensions', 'experimental'];
/** What servers tell clients apart by; descriptions and icons are not kept. */
const INFO = ['name', 'title', 'version'];

/**
 * Clients and proxies refuse answers with long headers; what clients really declare takes some
 * hundred characters.
 */
const MAX_SESSION_ID_LENGTH = 2_048;

/**
 * @returns the session header for the answer to `initialize`; that a client declared nothing is
 * remembered, too. Where a header does not hold all that a client sent, extensions are left out;
 * none where it does not hold the rest.
 */
export function sessionHeaders(
  { params }: JsonRpcRequest,
  server: string,
  caller: Caller,
  sealer: Sealer,
): Readonly<Record<string, string>> {
  const told = withoutTaskCapabilities(only(TOLD, params?.capabilities, isObject));
  const info = isObject(params?.clientInfo) && { info: only(INFO, params.clientInfo, isText) };
  for (const capabilities of [told, only(ASKABLE, told, isObject)]) {
    const client: Client = { capabilities, ...info };
    const sessionId = sealer.seal(purposeOf(server, caller), client);
    if (sessionId.length <= MAX_SESSION_ID_LENGTH) return { [SESSION_HEADER]: sessionId };
  }
  return {};
}

/**
 * @returns nothing of a client whose session id is missing or cannot be opened (another key, a
 * restart); no error.
 */
export function clientOfSession(
  sessionId: unknown,
  server: string,
  caller: Caller,
  sealer: Sealer,
): Client {
  return (sealer.open(purposeOf(server, caller), sessionId) as Client | undefined) ?? {};
}

/** @returns whether this host gave the session id to this caller of this server. */
export function isSessionOf(
  sessionId: unknown,
  server: string,
  caller: Caller,
  sealer: Sealer,
): boolean {
  return sealer.open(purposeOf(server, caller), sessionId) !== undefined;
}

/**
 * Tells the sessions of one server apart. @returns undefined when the session id is missing or
 * cannot be opened.
 */
export function sessionKey(
  sessionId: unknown,
  server: string,
  caller: Caller,
  sealer: Sealer,
): string | undefined {
  if (!isSessionOf(sessionId, server, caller, sealer)) return undefined;
  // The nonce of the seal: no two sessions have the same.
  return `session ${(sessionId as string).slice(0, NONCE_LENGTH)}`;
}

/**
 * Where a client has no session: what is kept for one person is not shown to another, and a key or
 * an application may be many people's.
 */
export function personKey({ isPerson, subject }: Caller): string | undefined {
  return isPerson ? `person ${subject}` : undefined;
}

function only(
  names: readonly string[],
  value: unknown,
  isKind: (member: unknown) => boolean,
): JsonObject {
  if (!isObject(value)) return {};
  const members = Object.entries(value);
  return Object.fromEntries(members.filter(([name, it]) => names.includes(name) && isKind(it)));
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function purposeOf(server: string, caller: Caller): string {
  return JSON.stringify(['session', server, caller.subject]);
}
