// Callers of the 2025 era at a server that speaks 2026-07-28 only: its `input_required` becomes
// questions on the caller's stream, and its results lose what that era does not know. (The other
// direction is in the protocol room.)

import { isObject } from '../../config/json-value.ts';
import type { Answer, Exchange, JsonObject, Question } from '../exchange/exchange.ts';
import { ForwardingExchange } from '../exchange/forwarding-exchange.ts';
import { ERROR_CODES, META_KEYS, MODERN_VERSIONS } from '../exchange/wire-names.ts';

/** A server that asks more often than this asks in a loop. */
const MAX_ROUNDS = 100;

const [REVISION = ''] = MODERN_VERSIONS;

/** The envelope that each request of 2026-07-28 carries. */
export function envelopeOf({ client }: Pick<Exchange, 'client'>): JsonObject {
  return {
    [META_KEYS.protocolVersion]: REVISION,
    [META_KEYS.clientCapabilities]: client.capabilities ?? {},
    ...(client.info && { [META_KEYS.clientInfo]: client.info }),
    // In the 2025 era the host passes all messages on: levels would belong to a session.
    [META_KEYS.logLevel]: 'debug',
  };
}

/**
 * Sends the request, asks the caller what the server wants to know, and sends it again with the
 * answers, until there is a result.
 */
export async function answerLegacyCaller(
  exchange: Exchange,
  send: (exchange: Exchange) => Promise<Answer>,
): Promise<Answer> {
  let answer = await send(exchange);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const result = 'result' in answer && isObject(answer.result) ? answer.result : undefined;
    if (result?.resultType !== 'input_required') return legacyAnswer(answer);
    const asked = await askAll(exchange, result.inputRequests);
    if ('error' in asked) return asked;
    exchange.throwIfEnded();
    answer = await send(withAnswers(exchange, asked.responses, result.requestState));
  }
  const message = `The server asked its client in ${MAX_ROUNDS} rounds and still has no result.`;
  return { error: { code: ERROR_CODES.internalError, message } };
}

type Asked =
  | { readonly responses: JsonObject }
  | { readonly error: Extract<Answer, { error: unknown }>['error'] };

/** All at once, as they came; the first one that cannot be answered ends the request. */
async function askAll(exchange: Exchange, requests: unknown): Promise<Asked> {
  const withdrawal = new AbortController();
  const questions = Object.entries(isObject(requests) ? requests : {});
  const answers = await Promise.all(
    questions.map(async ([key, question]) => {
      const answer = await exchange.ask(question as Question, { withdrawn: withdrawal.signal });
      if ('error' in answer) withdrawal.abort();
      return [key, answer] as const;
    }),
  );
  const responses: Record<string, unknown> = {};
  for (const [key, answer] of answers) {
    if ('error' in answer) return answer;
    responses[key] = answer.result;
  }
  return { responses };
}

function withAnswers(exchange: Exchange, responses: JsonObject, requestState: unknown): Exchange {
  const { request } = exchange;
  return new ForwardingExchange(exchange, {
    ...request,
    params: {
      ...request.params,
      inputResponses: responses,
      ...(requestState !== undefined && { requestState }),
    },
  });
}

/** How long a result may be kept has no place in the 2025 era, nor has its type. */
function legacyAnswer(answer: Answer): Answer {
  if (!('result' in answer) || !isObject(answer.result)) return answer;
  const { resultType, ttlMs, cacheScope, ...result } = answer.result;
  return resultType === undefined ? answer : { result };
}
