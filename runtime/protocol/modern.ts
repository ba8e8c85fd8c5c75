// 2026-07-28: the checks that come before a server, in the order of the specification, and the HTTP status of
// its answers. Served by backends that speak the revision themselves.

import type { IncomingHttpHeaders } from 'node:http';
import type { Answer, JsonObject, JsonRpcRequest } from '../exchange/exchange.ts';
import { advertisedCapabilities } from './capabilities.ts';
import { MODERN_VERSIONS, metaOf, PROTOCOL_VERSION_KEY } from './era.ts';
import type { IncomingMessage } from './message.ts';
import { HostError } from './refusals.ts';

const CLIENT_CAPABILITIES_KEY = 'io.modelcontextprotocol/clientCapabilities';

/** The parameter that `Mcp-Name` repeats (MCP 2026-07-28, basic/transports/streamable-http, "Standard headers"). */
const NAMED_BY: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
};

/**
 * Envelope, then headers against body, then version, then missing headers: a client that sends an unknown
 * version consistently must learn of the version, an inconsistent one of the mismatch.
 * @throws HostError `missing-envelope`, `header-mismatch`, `unsupported-modern-version`.
 */
export function checkModern(message: IncomingMessage, headers: IncomingHttpHeaders): void {
  const { method } = message.kind === 'request' ? message.request : message.notification;
  const meta = metaOf(message);
  const version = meta?.[PROTOCOL_VERSION_KEY];
  const versionHeader = headerOf(headers, 'mcp-protocol-version');
  const methodHeader = headerOf(headers, 'mcp-method');
  if (message.kind === 'request') {
    if (meta === undefined && method === 'initialize') throw new HostError('header-mismatch');
    if (typeof version !== 'string' || !isObject(meta?.[CLIENT_CAPABILITIES_KEY])) {
      throw new HostError('missing-envelope');
    }
  }
  if (version !== undefined && versionHeader !== undefined && versionHeader !== version) {
    throw new HostError('header-mismatch');
  }
  if (methodHeader !== undefined && methodHeader !== method) throw new HostError('header-mismatch');
  if (typeof version === 'string' && !MODERN_VERSIONS.includes(version)) {
    throw unsupportedVersion(version);
  }
  if (message.kind === 'notification') return;
  if (versionHeader === undefined || methodHeader === undefined) {
    throw new HostError('header-mismatch');
  }
  checkName(message.request, headers);
}

/** What a listening client is granted: nothing, so that its stream is acknowledged and ends at once. */
export function withoutSubscriptions(request: JsonRpcRequest): JsonRpcRequest {
  if (request.method !== 'subscriptions/listen' || !isObject(request.params?.notifications)) {
    return request;
  }
  return { ...request, params: { ...request.params, notifications: {} } };
}

/** Keeps `server/discover` in step with what this host serves. */
export function reviewDiscovery(request: JsonRpcRequest, answer: Answer): Answer {
  if (request.method !== 'server/discover' || !('result' in answer)) return answer;
  const result = answer.result as JsonObject;
  if (!isObject(result?.capabilities)) return answer;
  return { result: { ...result, capabilities: advertisedCapabilities(result.capabilities) } };
}

/** HTTP status of an answer: only routing and header errors have one of their own (MCP 2026-07-28, "Errors"). */
export function modernStatus(answer: Answer): number {
  if (!('error' in answer)) return 200;
  const { code } = answer.error;
  if (code === -32601) return 404;
  return code === -32020 || code === -32021 || code === -32022 ? 400 : 200;
}

function checkName(request: JsonRpcRequest, headers: IncomingHttpHeaders): void {
  const parameter = NAMED_BY[request.method];
  if (parameter === undefined) return;
  const name = headerOf(headers, 'mcp-name');
  if (name === undefined || name !== request.params?.[parameter]) {
    throw new HostError('header-mismatch');
  }
}

function unsupportedVersion(version: string): HostError {
  const data = { supported: MODERN_VERSIONS, requested: version.slice(0, 64) };
  return new HostError('unsupported-modern-version', { data });
}

/** @throws HostError `header-mismatch` when an encoded value is not valid base64 of UTF-8. */
function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  if (typeof value !== 'string') return undefined;
  const encoded = /^=\?base64\?(.*)\?=$/.exec(value)?.[1];
  if (encoded === undefined) return value;
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64') !== encoded) throw new HostError('header-mismatch');
  return bytes.toString('utf8');
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
