// 2026-07-28: the checks that come before a server, in the order of the specification, and the HTTP status of
// its answers. Served by backends that speak the revision themselves.

import type { IncomingHttpHeaders } from 'node:http';
import type { Answer, JsonObject, JsonRpcRequest } from '../exchange/exchange.ts';
import { advertisedCapabilities } from './capabilities.ts';
import { isEnvelope, PROTOCOL_VERSION_KEY } from './envelope.ts';
import { MODERN_VERSIONS, metaOf } from './era.ts';
import { type IncomingMessage, isObject } from './message.ts';
import { HostError } from './refusals.ts';

/** The parameter that `Mcp-Name` repeats (MCP 2026-07-28, basic/transports/streamable-http, "Standard headers"). */
const NAMED_BY: ReadonlyMap<string, string> = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
]);

const HEADER_MISMATCH = -32020;

/**
 * Envelope, then headers against body, then version, then missing headers: a client that sends an unknown
 * version consistently must learn of the version, an inconsistent one of the mismatch.
 * @throws HostError `missing-envelope`, `header-mismatch`, `unsupported-modern-version`.
 */
export function checkModern(message: IncomingMessage, headers: IncomingHttpHeaders): void {
  const { method } = message.kind === 'request' ? message.request : message.notification;
  const version = metaOf(message)?.[PROTOCOL_VERSION_KEY];
  refuseBadEnvelope(message);
  const versionHeader = headerOf(headers, 'mcp-protocol-version');
  const methodHeader = headerOf(headers, 'mcp-method');
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

/**
 * Keeps `server/discover` in step with what this host serves.
 * @throws HostError `header-mismatch` in place of the SDK's own: that one repeats the headers and the arguments.
 */
export function reviewAnswer(request: JsonRpcRequest, answer: Answer): Answer {
  if ('error' in answer && answer.error.code === HEADER_MISMATCH) {
    throw new HostError('header-mismatch');
  }
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
  return code === -32021 || code === -32022 ? 400 : 200;
}

/** A notification may do without an envelope; one that names its version must do so in text. */
function refuseBadEnvelope(message: IncomingMessage): void {
  const meta = metaOf(message);
  if (message.kind === 'notification') {
    const version = meta?.[PROTOCOL_VERSION_KEY];
    if (version !== undefined && typeof version !== 'string')
      throw new HostError('missing-envelope');
  } else if (!isEnvelope(meta)) {
    // A handshake of the 2025 era under a header of 2026-07-28.
    const isHandshake = message.request.method === 'initialize';
    throw new HostError(isHandshake ? 'header-mismatch' : 'missing-envelope');
  }
}

function checkName(request: JsonRpcRequest, headers: IncomingHttpHeaders): void {
  const parameter = NAMED_BY.get(request.method);
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
