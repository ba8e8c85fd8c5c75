// Questions of a server of 2026-07-28 for a caller of the 2025 era: the server ends its request with
// `input_required`, the caller is asked, and the server gets the request again with the answers.

import { isObject } from '../../config/json-value.ts';
import type { Answer, Exchange, JsonObject, Question } from '../exchange/exchange.ts';
import { ERROR_CODES, META_KEYS } from '../exchange/wire-names.ts';

/** A server that asks without end must not keep its caller. */
const MAX_ROUNDS = 32;

/**
 * @param send asks the server, with further params in the request.
 * @returns an answer as the 2025 era knows it.
 */
export async function answerWithInput(
  exchange: Exchange,
  send: (further: JsonObject) => Promise<Answer>,
): Promise<Answer> {
  let further: JsonObject = {};
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const answer = await send(further);
    if ('error' in answer || !isObject(answer.result)) return answer;
    const { resultType, inputRequests, requestState } = answer.result;
    if (resultType !== 'input_required') return { result: legacyResult(answer.result) };
    exchange.throwIfEnded();
    const responses = await askAll(isObject(inputRequests) ? inputRequests : {}, exchange);
    if ('error' in responses) return responses;
    exchange.throwIfEnded();
    further = {
      inputResponses: responses.answers,
      ...(requestState !== undefined && { requestState }),
    };
  }
  return failed('The server asked too many times.');
}

/** All at once; the first one that cannot be answered takes the others back. */
async function askAll(
  requests: JsonObject,
  exchange: Exchange,
): Promise<{ readonly answers: JsonObject } | Extract<Answer, { error: unknown }>> {
  const withdrawal = new AbortController();
  const answers: Record<string, unknown> = {};
  let failure: Extract<Answer, { error: unknown }> | undefined;
  await Promise.all(
    Object.entries(requests).map(async ([key, request]) => {
      const answer = isObject(request)
        ? await exchange.ask(request as unknown as Question, { withdrawn: withdrawal.signal })
        : failed('The server asked with something that is not a request.');
      if ('result' in answer) answers[key] = answer.result;
      else {
        failure ??= answer;
        withdrawal.abort();
      }
    }),
  );
  return failure ?? { answers };
}

/** Without what the 2025 era does not know. */
function legacyResult(result: JsonObject): JsonObject {
  const { resultType, ttlMs, cacheScope, _meta, ...rest } = result;
  const { [META_KEYS.serverInfo]: _, ...meta } = isObject(_meta) ? _meta : {};
  return { ...rest, ...(Object.keys(meta).length > 0 && { _meta: meta }) };
}

function failed(message: string): Extract<Answer, { error: unknown }> {
  return { error: { code: ERROR_CODES.internalError, message } };
}
