// From a parsed body to one JSON-RPC message: a request or a notification, nothing else.

import type {
  JsonObject,
  JsonRpcNotification,
  JsonRpcRequest,
  RequestId,
} from '../exchange/exchange.ts';
import { HostError } from './refusals.ts';

/** Some SDK versions match URIs against templates in exponential time (CVE-2026-0621). */
const MAX_URI_LENGTH = 2048;

export type IncomingMessage =
  | { readonly kind: 'request'; readonly request: JsonRpcRequest }
  | { readonly kind: 'notification'; readonly notification: JsonRpcNotification };

/** @throws HostError with the id of the request in reach of {@link requestIdOf}. */
export function readMessage(body: unknown): IncomingMessage {
  if (Array.isArray(body)) throw new HostError('batch');
  if (!isObject(body) || body.jsonrpc !== '2.0') throw new HostError('invalid-request');
  const { method, id, params } = body;
  if (method === undefined && ('result' in body || 'error' in body)) {
    throw new HostError('unexpected-response');
  }
  if (typeof method !== 'string' || !(params === undefined || isObject(params))) {
    throw new HostError('invalid-request');
  }
  refuseLongUri(params);
  const message = { jsonrpc: '2.0', method, ...(params && { params }) } as const;
  if (!('id' in body)) return { kind: 'notification', notification: message };
  if (!isRequestId(id)) throw new HostError('invalid-request');
  return { kind: 'request', request: { ...message, id } };
}

/** The id to answer a refused body with: its own when it can be read, else null (JSON-RPC 2.0 section 5). */
export function requestIdOf(body: unknown): RequestId | null {
  return isObject(body) && isRequestId(body.id) ? body.id : null;
}

// Numbers that JavaScript cannot hold exactly could not be echoed exactly.
function isRequestId(id: unknown): id is RequestId {
  return typeof id === 'string' || Number.isSafeInteger(id);
}

function refuseLongUri(params: JsonObject | undefined): void {
  const uri = params?.uri ?? (params?.ref as JsonObject | null | undefined)?.uri;
  if (typeof uri === 'string' && uri.length > MAX_URI_LENGTH) throw new HostError('uri-too-long');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
