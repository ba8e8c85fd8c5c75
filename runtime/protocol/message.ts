// From a parsed body to one JSON-RPC message: a request or a notification, nothing else.

import { isObject } from '../../config/json-value.ts';
import type {
  Answer,
  JsonObject,
  JsonRpcNotification,
  JsonRpcRequest,
  RequestId,
} from '../exchange/exchange.ts';
import { HostError } from '../exchange/refusals.ts';
import { META_KEYS } from '../exchange/wire-names.ts';

/** Some SDK versions match URIs against templates in exponential time (CVE-2026-0621). */
const MAX_URI_LENGTH = 2048;

/** An answer to a question that this host sent (2025 era). */
export interface JsonRpcResponse {
  readonly id: unknown;
  readonly answer: Answer;
}

export type IncomingMessage =
  | { readonly kind: 'request'; readonly request: JsonRpcRequest }
  | { readonly kind: 'notification'; readonly notification: JsonRpcNotification }
  | { readonly kind: 'response'; readonly response: JsonRpcResponse };

/** @throws HostError with the id of the request in reach of {@link requestIdOf}. */
export function readMessage(body: unknown): IncomingMessage {
  if (Array.isArray(body)) throw new HostError('batch');
  if (!isObject(body) || body.jsonrpc !== '2.0') throw new HostError('invalid-request');
  const { method, id, params } = body;
  if (isResponse(body)) return { kind: 'response', response: readResponse(body) };
  if (typeof method !== 'string' || !(params === undefined || isObject(params))) {
    throw new HostError('invalid-request');
  }
  if (!isMeta(params?._meta)) throw new HostError('invalid-request');
  refuseLongUri(params);
  if (!('id' in body)) {
    return {
      kind: 'notification',
      notification: params ? { jsonrpc: '2.0', method, params } : { jsonrpc: '2.0', method },
    };
  }
  if (!isRequestId(id)) throw new HostError('invalid-request');
  // No spread: performance.md.
  return {
    kind: 'request',
    request: params ? { jsonrpc: '2.0', id, method, params } : { jsonrpc: '2.0', id, method },
  };
}

/**
 * The id to answer a refused body with: its own when it can be read, else null (JSON-RPC 2.0
 * section 5). The id of a response is not the client's own: echoed, it could be taken for that of
 * another request.
 */
export function requestIdOf(body: unknown): RequestId | null {
  if (!isObject(body) || isResponse(body)) return null;
  return isRequestId(body.id) ? body.id : null;
}

function isResponse(body: JsonObject): boolean {
  return body.method === undefined && ('result' in body || 'error' in body);
}

// Numbers that JavaScript cannot hold exactly could not be echoed exactly.
function isRequestId(id: unknown): id is RequestId {
  return typeof id === 'string' || Number.isSafeInteger(id);
}

function readResponse(body: Record<string, unknown>): JsonRpcResponse {
  const { id, result, error } = body;
  if (isObject(error)) {
    const { code, message, data } = error;
    if (typeof code === 'number' && Number.isSafeInteger(code) && typeof message === 'string') {
      return { id, answer: { error: { code, message, ...(data !== undefined && { data }) } } };
    }
  }
  if (!isObject(result) || !isMeta(result._meta)) throw new HostError('invalid-request');
  return { id, answer: { result } };
}

/**
 * The SDKs pass over a message whose `_meta` they cannot read: it would hold its place until the
 * deadline.
 */
export function isMeta(meta: unknown): boolean {
  if (meta === undefined) return true;
  if (!isObject(meta)) return false;
  const { progressToken, [META_KEYS.relatedTask]: task } = meta;
  return (
    (progressToken === undefined || isRequestId(progressToken)) &&
    (task === undefined || (isObject(task) && typeof task.taskId === 'string'))
  );
}

function refuseLongUri(params: JsonObject | undefined): void {
  const uri = params?.uri ?? (params?.ref as JsonObject | null | undefined)?.uri;
  if (typeof uri === 'string' && uri.length > MAX_URI_LENGTH) throw new HostError('uri-too-long');
}
