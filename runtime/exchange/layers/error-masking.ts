// Internal errors of a server: reported to the operator, and replaced by a constant text outside of
// development.

import type { Backend } from '../backend.ts';
import type { Answer, Exchange, JsonRpcError } from '../exchange.ts';
import { ERROR_CODES } from '../wire-names.ts';
import { ForwardingBackend } from './forwarding-backend.ts';

/** The SDKs send the text of any thrown Error with it. */
const { internalError } = ERROR_CODES;

const MASKED: Answer = { error: { code: internalError, message: 'Internal error.' } };

export interface ErrorMaskingOptions {
  /** Replaces the text; true outside of development. */
  readonly masksErrors: boolean;
  /** Called with each internal error before it is masked. */
  readonly onServerError: (exchange: Exchange, error: JsonRpcError) => void;
}

export class ErrorMasking extends ForwardingBackend {
  readonly #options: ErrorMaskingOptions;

  constructor(inner: Backend, options: ErrorMaskingOptions) {
    super(inner);
    this.#options = options;
  }

  override async answer(exchange: Exchange): Promise<Answer> {
    const answer = await this.inner.answer(exchange);
    if (!('error' in answer) || answer.error.code !== internalError) return answer;
    this.#options.onServerError(exchange, answer.error);
    return this.#options.masksErrors ? MASKED : answer;
  }
}
