// SDK v1's way to ask a client to open a URL (-32042) as questions of 2026-07-28; the retry runs
// the handler again.

import type { Answer, JsonObject } from '../../exchange/exchange.ts';
import { missingCapability, missingCapabilityAnswer, prepareQuestion } from './question.ts';

/**
 * MCP 2025-11-25, client/elicitation, "URL elicitation required"; must not be sent in 2026-07-28.
 */
const URL_ELICITATION_REQUIRED = -32042;

/** @returns `answer` unless it is that error. */
export function urlQuestions(answer: Answer, capabilities: JsonObject): Answer {
  if (!('error' in answer) || answer.error.code !== URL_ELICITATION_REQUIRED) return answer;
  const { elicitations } = (answer.error.data ?? {}) as { elicitations?: JsonObject[] };
  const questions = (elicitations ?? []).map((params) =>
    prepareQuestion({ method: 'elicitation/create', params: { ...params, mode: 'url' } }),
  );
  const [first] = questions;
  if (!first) return answer;
  const required = missingCapability(first.question, capabilities);
  if (required) return missingCapabilityAnswer(required);
  const inputRequests = Object.fromEntries(questions.map(({ key, question }) => [key, question]));
  return { result: { resultType: 'input_required', inputRequests } };
}
