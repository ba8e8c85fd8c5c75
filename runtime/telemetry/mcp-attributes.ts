// An MCP message in the terms of the semantic conventions for MCP
// (open-telemetry/semantic-conventions-genai, docs/gen-ai/mcp.md).

import type { Attributes } from '@opentelemetry/api';
import { bounded } from '../exchange/bounded-text.ts';
import type { Caller, JsonObject, JsonRpcRequest } from '../exchange/exchange.ts';
import { META_KEYS } from '../exchange/wire-names.ts';
import { knownMethod, knownVersion } from './known-names.ts';
import { ATTRIBUTES } from './names.ts';
import type { Verdict } from './verdict.ts';

const CLIENT_INFO_KEY = 'io.modelcontextprotocol/clientInfo';
const MAX_URI_LENGTH = 256;

/** A request or a notification. */
export type Message = Pick<JsonRpcRequest, 'method' | 'params'> & { readonly id?: unknown };

export const NETWORK = {
  [ATTRIBUTES.transport]: 'tcp',
  [ATTRIBUTES.protocolName]: 'http',
  [ATTRIBUTES.httpVersion]: '1.1',
} as const;

/** What is known of a message when it arrives; values that clients choose are cut. */
export function attributesOf(message: Message, caller: Caller): Attributes {
  const { method, params, id } = message;
  const client = clientOf(message);
  return withoutUndefined({
    [ATTRIBUTES.methodName]: knownMethod(method),
    [ATTRIBUTES.requestId]: id === undefined ? undefined : bounded(String(id)),
    [ATTRIBUTES.protocolVersion]: versionOf(message, caller),
    [ATTRIBUTES.resourceUri]: method.startsWith('resources/') ? uriOf(params) : undefined,
    [ATTRIBUTES.clientName]: bounded(client?.name),
    [ATTRIBUTES.clientVersion]: bounded(client?.version),
    [ATTRIBUTES.invocationId]: bounded(caller.headers['x-azure-functions-invocationid']),
    ...NETWORK,
  });
}

function clientOf({ method, params }: Message): JsonObject | undefined {
  const info =
    method === 'initialize'
      ? params?.clientInfo
      : (params?._meta as JsonObject | undefined)?.[CLIENT_INFO_KEY];
  return typeof info === 'object' && info !== null ? (info as JsonObject) : undefined;
}

export function versionOf({ method, params }: Message, caller: Caller): string | undefined {
  const named =
    method === 'initialize'
      ? params?.protocolVersion
      : (params?._meta as JsonObject | undefined)?.[META_KEYS.protocolVersion];
  return knownVersion(named ?? caller.headers['mcp-protocol-version']);
}

/** Without its query, which may carry a key. */
function uriOf(params: JsonObject | undefined): string | undefined {
  const uri = params?.uri;
  return typeof uri === 'string' ? bounded(uri.split(/[?#]/, 1)[0], MAX_URI_LENGTH) : undefined;
}

export function targetAttributes(method: string, target: string | undefined): Attributes {
  if (target === undefined) return {};
  if (method === 'prompts/get') return { [ATTRIBUTES.promptName]: target };
  return { [ATTRIBUTES.toolName]: target, [ATTRIBUTES.operationName]: 'execute_tool' };
}

export function verdictAttributes({ errorType, code }: Verdict): Attributes {
  return {
    ...(errorType && { [ATTRIBUTES.errorType]: errorType }),
    ...(code !== undefined && { [ATTRIBUTES.statusCode]: String(code) }),
  };
}

function withoutUndefined(attributes: Attributes): Attributes {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) delete attributes[name];
  }
  return attributes;
}
