// What a `requestState` is bound to: the way it is used, the server, the caller, and the request
// without its retry members.

import type { Caller, JsonRpcRequest } from '../../exchange/exchange.ts';
import { digestOf } from './question.ts';

/** @returns the purpose of a seal; opened for any other one, the seal does not open. */
export function purposeOf(
  use: 'park' | 'replay',
  server: string,
  { request, caller }: { readonly request: JsonRpcRequest; readonly caller: Caller },
): string {
  const { _meta, inputResponses, requestState, ...params } = request.params ?? {};
  return JSON.stringify([use, server, caller.subject, request.method, digestOf(params)]);
}
