// Which era a message belongs to: the body decides, the header is a cross-check (same rules as
// `classifyInboundRequest` of @modelcontextprotocol/server 2.4.0).

import type { Era, JsonObject } from '../exchange/exchange.ts';
import type { IncomingMessage } from './message.ts';
import { HostError } from './refusals.ts';

/** Revisions that start with `initialize`, newest first; SDK v1 1.32.2 accepts the same ones. */
export const LEGACY_VERSIONS: readonly string[] = [
  '2025-11-25',
  '2025-06-18',
  '2025-03-26',
  '2024-11-05',
  '2024-10-07',
];
/** Stateless revisions. */
export const MODERN_VERSIONS: readonly string[] = ['2026-07-28'];

export const PROTOCOL_VERSION_KEY = 'io.modelcontextprotocol/protocolVersion';

/**
 * @param header value of `MCP-Protocol-Version`.
 * @throws HostError `unsupported-version` when a legacy message names a version that does not exist.
 */
export function classifyEra(message: IncomingMessage, header: string | undefined): Era {
  const meta = metaOf(message);
  if (meta && PROTOCOL_VERSION_KEY in meta) return 'modern';
  if (header === undefined || LEGACY_VERSIONS.includes(header)) return 'legacy';
  if (MODERN_VERSIONS.includes(header)) return 'modern';
  throw new HostError('unsupported-version', { data: { supported: LEGACY_VERSIONS } });
}

/** `params._meta` when it is an object. */
export function metaOf(message: IncomingMessage): JsonObject | undefined {
  const { params } = message.kind === 'request' ? message.request : message.notification;
  const meta = params?._meta;
  return typeof meta === 'object' && meta !== null ? (meta as JsonObject) : undefined;
}
