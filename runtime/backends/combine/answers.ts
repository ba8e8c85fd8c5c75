// Answers of a combination's own, and what the answers of members say.

import type { Answer } from '../../exchange/exchange.ts';
import { ERROR_CODES } from '../../exchange/wire-names.ts';

export const METHOD_NOT_FOUND: Answer = {
  error: { code: ERROR_CODES.methodNotFound, message: 'Method not found' },
};

export function invalid(message: string): Answer {
  return { error: { code: ERROR_CODES.invalidParams, message } };
}

export function isError(answer: Answer): boolean {
  return 'error' in answer;
}

export function isMethodUnknown(answer: Answer): boolean {
  return 'error' in answer && answer.error.code === ERROR_CODES.methodNotFound;
}

/** Codes for "not here": of MCP, of both SDKs, and of servers without a code for it. */
const UNKNOWN_CODES: ReadonlySet<number> = new Set([
  ERROR_CODES.methodNotFound,
  ERROR_CODES.invalidParams,
  ERROR_CODES.resourceNotFound,
  0,
]);

export function isUnknown(answer: Answer): boolean {
  return 'error' in answer && UNKNOWN_CODES.has(answer.error.code);
}
