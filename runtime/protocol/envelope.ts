// The `_meta` envelope that every request of 2026-07-28 carries, instead of a handshake.

import { isObject } from '../../config/json-value.ts';
import type { Client, JsonObject, JsonRpcRequest } from '../exchange/exchange.ts';

export const PROTOCOL_VERSION_KEY = 'io.modelcontextprotocol/protocolVersion';
const CLIENT_CAPABILITIES_KEY = 'io.modelcontextprotocol/clientCapabilities';
const CLIENT_INFO_KEY = 'io.modelcontextprotocol/clientInfo';
export const LOG_LEVEL_KEY = 'io.modelcontextprotocol/logLevel';

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

/** Version and capabilities are required, client info and log level only have to be well-formed (MCP basic/index). */
export function isEnvelope(meta: JsonObject | undefined): boolean {
  if (typeof meta?.[PROTOCOL_VERSION_KEY] !== 'string') return false;
  const { [CLIENT_INFO_KEY]: clientInfo, [LOG_LEVEL_KEY]: logLevel } = meta;
  return (
    isCapabilities(meta[CLIENT_CAPABILITIES_KEY]) &&
    (clientInfo === undefined || isImplementation(clientInfo)) &&
    (logLevel === undefined || LOG_LEVELS.includes(logLevel))
  );
}

/** What the envelope says of the client; only after it was found to be well-formed. */
export function clientOf({ params }: JsonRpcRequest): Client {
  const meta = (params?._meta ?? {}) as JsonObject;
  const { [CLIENT_CAPABILITIES_KEY]: capabilities, [CLIENT_INFO_KEY]: info } = meta as Record<
    string,
    JsonObject | undefined
  >;
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
