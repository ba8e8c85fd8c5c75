// Which era a message belongs to: the body decides, the header is a cross-check (same rules as
// `classifyInboundRequest` of @modelcontextprotocol/server 2.4.0).

import type { Era, JsonObject } from '../exchange/exchange.ts';
import { HostError } from '../exchange/refusals.ts';
import { LEGACY_VERSIONS, META_KEYS, MODERN_VERSIONS } from '../exchange/wire-names.ts';
import { isEnvelope } from './envelope.ts';
import type { IncomingMessage } from './message.ts';

/** What can belong to an era of its own; a response belongs to the question it answers. */
export type EraMessage = Exclude<IncomingMessage, { readonly kind: 'response' }>;

/**
 * @param header value of `MCP-Protocol-Version`.
 * @throws HostError `unsupported-version` when a legacy message names a version that does not
 * exist.
 */
export function classifyEra(message: EraMessage, header: string | undefined): Era {
  if (isModernByBody(message)) return 'modern';
  if (header === undefined || LEGACY_VERSIONS.includes(header)) return 'legacy';
  if (MODERN_VERSIONS.includes(header)) return 'modern';
  // The header is for requests after `initialize`, which negotiates in its body.
  if (message.kind === 'request' && message.request.method === 'initialize') return 'legacy';
  throw new HostError('unsupported-version', { data: { supported: LEGACY_VERSIONS } });
}

/**
 * `initialize` is the legacy handshake unless a whole envelope of another revision says otherwise.
 */
function isModernByBody(message: EraMessage): boolean {
  const meta = metaOf(message);
  if (!meta || !(META_KEYS.protocolVersion in meta)) return false;
  if (message.kind === 'notification' || message.request.method !== 'initialize') return true;
  return isEnvelope(meta) && !LEGACY_VERSIONS.includes(meta[META_KEYS.protocolVersion] as string);
}

/** `params._meta`; {@link readMessage} has refused anything that is not an object. */
export function metaOf(message: EraMessage): JsonObject | undefined {
  const { params } = message.kind === 'request' ? message.request : message.notification;
  return params?._meta as JsonObject | undefined;
}
