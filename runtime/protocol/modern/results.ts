// From a 2025-era answer to a 2026-07-28 one: what every result must carry, and the error codes
// that changed.

import type { Declarations } from '../../exchange/backend.ts';
import type { Answer, JsonObject, JsonRpcRequest } from '../../exchange/exchange.ts';
import { ERROR_CODES, META_KEYS } from '../../exchange/wire-names.ts';

/** Results that clients may keep (MCP 2026-07-28, server/utilities/caching). */
const CACHEABLE = new Set([
  'server/discover',
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
]);

/** `ttlMs` and `cacheScope` of servers.yaml. */
export interface CacheHints {
  readonly ttlMs: number;
  readonly cacheScope: 'public' | 'private';
}

/**
 * Completes a result, whichever era its server was written for; members that the server set itself
 * stay.
 */
export function modernAnswer(
  request: JsonRpcRequest,
  answer: Answer,
  declarations: Declarations,
  hints: CacheHints,
): Answer {
  if ('error' in answer) return { error: modernError(request, answer.error) };
  if (typeof answer.result !== 'object' || answer.result === null) return answer;
  const result = answer.result as JsonObject;
  if (isComplete(request, result)) return answer;
  return {
    result: {
      resultType: 'complete',
      ...result,
      ...cacheMembers(request, result, hints),
      _meta: { [META_KEYS.serverInfo]: declarations.serverInfo, ...(result._meta as JsonObject) },
    },
  };
}

/** Whether nothing is missing: SDK v2 completes what its servers answer itself. */
function isComplete({ method }: JsonRpcRequest, { resultType, _meta }: JsonObject): boolean {
  const hasServerInfo = (_meta as JsonObject | undefined)?.[META_KEYS.serverInfo] !== undefined;
  return resultType !== undefined && hasServerInfo && !CACHEABLE.has(method);
}

/**
 * The server's own hints, or those of servers.yaml where it has none: SDK v2 writes 0 and `private`
 * for that.
 */
function cacheMembers(
  { method }: JsonRpcRequest,
  result: JsonObject,
  hints: CacheHints,
): JsonObject {
  const { resultType = 'complete', ttlMs = 0, cacheScope = 'private' } = result;
  // A question to the client is not a result to keep.
  if (!CACHEABLE.has(method) || resultType !== 'complete') return {};
  const hasOwn = ttlMs !== 0 || cacheScope !== 'private';
  return hasOwn ? { ttlMs, cacheScope } : { ttlMs: hints.ttlMs, cacheScope: hints.cacheScope };
}

/**
 * HTTP status of an answer: only routing and header errors have one of their own (MCP 2026-07-28,
 * "Errors").
 */
export function modernStatus(answer: Answer): number {
  if (!('error' in answer)) return 200;
  const { code } = answer.error;
  if (code === ERROR_CODES.methodNotFound) return 404;
  return code === ERROR_CODES.missingClientCapability ? 400 : 200;
}

function modernError(
  request: JsonRpcRequest,
  error: Extract<Answer, { error: unknown }>['error'],
): Extract<Answer, { error: unknown }>['error'] {
  const { code, message } = error;
  if (code === ERROR_CODES.resourceNotFound) {
    return { code: ERROR_CODES.invalidParams, message, data: { uri: request.params?.uri } };
  }
  // Codes that the specification keeps for itself must not come from a handler.
  const isReserved =
    (code <= -32020 && code >= -32099) || code === ERROR_CODES.urlElicitationRequired;
  return isReserved && code !== ERROR_CODES.missingClientCapability
    ? { ...error, code: ERROR_CODES.internalError }
    : error;
}
