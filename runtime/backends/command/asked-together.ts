// Questions that a program asks at one time reach a client of 2026-07-28 in one answer, although they
// come over the pipe one by one.

import type { Answer, Exchange, Question, QuestionOptions } from '../../exchange/exchange.ts';
import { ForwardingExchange } from '../../exchange/forwarding-exchange.ts';
import { ERROR_CODES } from '../../exchange/wire-names.ts';

/** How long the first question waits for others. A person, or a model, takes much longer to answer. */
const WINDOW_MS = 50;

const WITHDRAWN: Answer = {
  error: { code: ERROR_CODES.internalError, message: 'The question was withdrawn.' },
};

export class AskedTogether extends ForwardingExchange {
  #window: Promise<void> | undefined;

  constructor(inner: Exchange) {
    super(inner, inner.request);
  }

  override async ask(question: Question, options: QuestionOptions): Promise<Answer> {
    this.#window ??= new Promise((resolve) => {
      setTimeout(() => {
        this.#window = undefined;
        resolve();
      }, WINDOW_MS);
    });
    await this.#window;
    return options.withdrawn.aborted ? WITHDRAWN : super.ask(question, options);
  }
}
