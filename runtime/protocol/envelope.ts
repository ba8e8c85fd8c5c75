// The `_meta` envelope that every request of 2026-07-28 carries, instead of a handshake.

import { isObject } from '../../config/json-value.ts';
import type { Client, JsonObject, JsonRpcRequest } from '../exchange/exchange.ts';
import { META_KEYS } from '../exchange/wire-names.ts';

/** RFC 5424 severities, as both eras of MCP name them. */
export const LOG_LEVELS: readonly unknown[] = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
];
const CAPABILITIES = ['elicitation', 'experimental', 'extensions', 'roots', 'sampling'];

/**
 * Version and capabilities are required, client info and log level only have to be well-formed (MCP
 * basic/index).
 */
export function isEnvelope(meta: JsonObject | undefined): boolean {
  if (typeof meta?.[META_KEYS.protocolVersion] !== 'string') return false;
  const { [META_KEYS.clientInfo]: clientInfo, [META_KEYS.logLevel]: logLevel } = meta;
  return (
    isCapabilities(meta[META_KEYS.clientCapabilities]) &&
    (clientInfo === undefined || isImplementation(clientInfo)) &&
    (logLevel === undefined || LOG_LEVELS.includes(logLevel))
  );
}

/** What the envelope says of the client; only after it was found to be well-formed. */
export function clientOf({ params }: JsonRpcRequest): Client {
  const meta = (params?._meta ?? {}) as JsonObject;
  const { [META_KEYS.clientCapabilities]: capabilities, [META_KEYS.clientInfo]: info } =
    meta as Record<string, JsonObject | undefined>;
  const client: { capabilities?: JsonObject; info?: JsonObject } = {};
  if (capabilities) client.capabilities = capabilities;
  if (info) client.info = info;
  return client;
}

function isCapabilities(value: unknown): boolean {
  if (!isObject(value)) return false;
  return CAPABILITIES.every((name) => value[name] === undefined || isObject(value[name]));
}

function isImplementation(value: unknown): boolean {
  return isObject(value) && typeof value.name === 'string' && typeof value.version === 'string';
}
