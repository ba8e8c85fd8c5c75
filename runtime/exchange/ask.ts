// What happens to every exchange, whatever its era and backend: the tool filter before and after, and the masking
// of a server's internal errors. Observers belong here.

import type { Answer, Backend, Exchange, JsonRpcError } from './exchange.ts';
import type { ToolFilter } from './tool-filter.ts';

/** JSON-RPC 2.0 section 5.1: internal error; the SDKs send the text of any thrown Error with it. */
const INTERNAL_ERROR = -32603;

export interface ExchangeRules {
  readonly toolFilter?: ToolFilter;
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
  const { toolFilter } = rules;
  const refused = toolFilter?.refuse(exchange.request);
  if (refused) return refused;
  const answer = await backend.answer(exchange);
  if ('error' in answer) return reviewError(exchange, answer.error, rules);
  return toolFilter ? toolFilter.filter(exchange.request, answer) : answer;
}

function reviewError(exchange: Exchange, error: JsonRpcError, rules: ExchangeRules): Answer {
  if (error.code !== INTERNAL_ERROR) return { error };
  rules.onServerError(exchange, error);
  return { error: rules.maskErrors ? { code: error.code, message: 'Internal error.' } : error };
}
