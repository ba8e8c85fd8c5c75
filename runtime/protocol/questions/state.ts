// What a `requestState` is bound to: the way it is used, the server, the caller, and the request
// without its retry members.

import { isDeepStrictEqual } from 'node:util';
import type { Caller, JsonObject, JsonRpcRequest } from '../../exchange/exchange.ts';
import { digestOf } from './question.ts';

/** A request, and who sends it. */
interface Sent {
  readonly request: JsonRpcRequest;
  readonly caller: Caller;
}

/** @returns the purpose of a seal; opened for any other one, the seal does not open. */
export function replayPurpose(server: string, { request, caller }: Sent): string {
  const params = digestOf(ownParams(request));
  return JSON.stringify(['replay', server, caller.subject, request.method, params]);
}

/**
 * The same for a request that this process still has: with {@link isRetryOf} there is no need for a
 * digest of arguments of any size.
 */
export function parkPurpose(server: string, { request, caller }: Sent): string {
  return JSON.stringify(['park', server, caller.subject, request.method]);
}

/** Whether `retry` is the same request but for its retry members. */
export function isRetryOf(request: JsonRpcRequest, retry: JsonRpcRequest): boolean {
  return isDeepStrictEqual(ownParams(request), ownParams(retry));
}

function ownParams({ params = {} }: JsonRpcRequest): JsonObject {
  const { _meta, inputResponses, requestState, ...own } = params;
  return own;
}
