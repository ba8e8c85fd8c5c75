// What happens to every exchange, whatever its era and backend: the list cache, the tool filter before and after, and the masking
// of a server's internal errors. Observers belong here.

import type { Answer, Backend, Exchange, JsonRpcError } from './exchange.ts';
import type { ListCache } from './list-cache.ts';
import type { ToolFilter } from './tool-filter.ts';

/** JSON-RPC 2.0 section 5.1: internal error; the SDKs send the text of any thrown Error with it. */
const INTERNAL_ERROR = -32603;

export interface ExchangeRules {
  readonly toolFilter?: ToolFilter;
  /** Present with `cacheScope: public` and a `ttlMs`. */
  readonly listCache?: ListCache;
  /** Replaces the text of a server's internal errors; true outside development. */
  readonly maskErrors: boolean;
  /** Told of each internal error before it is masked. */
  readonly onServerError: (exchange: Exchange, error: JsonRpcError) => void;
}

/** Asks the backend unless the rules answer themselves. @throws what the backend throws. */
export async function ask(
  exchange: Exchange,
  backend: Backend,
  rules: ExchangeRules,
): Promise<Answer> {
  const { toolFilter, listCache } = rules;
  const { request } = exchange;
  const known = listCache?.get(exchange) ?? toolFilter?.refuse(request);
  if (known) return known;
  const begunAt = listCache?.changes ?? 0;
  const answer = await backend.answer(exchange);
  if ('error' in answer) return reviewError(exchange, answer.error, rules);
  const offered = toolFilter ? toolFilter.filter(request, answer) : answer;
  listCache?.keep(exchange, offered, begunAt);
  return offered;
}

function reviewError(exchange: Exchange, error: JsonRpcError, rules: ExchangeRules): Answer {
  if (error.code !== INTERNAL_ERROR) return { error };
  rules.onServerError(exchange, error);
  return { error: rules.maskErrors ? { code: error.code, message: 'Internal error.' } : error };
}
