// The exchanges that a thread answers at the moment, and what its server asks in them.

import type { Answer, Exchange, JsonObject, JsonRpcError } from '../../exchange/exchange.ts';
import { errorOf } from './failure.ts';
import type { Call, FromThread, ToThread } from './messages.ts';

interface Pending {
  readonly exchange: Exchange;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** Messages that belong to an exchange. */
export type CallMessage = Extract<FromThread, { id: number } | { question: number }>;

export class ThreadCalls {
  readonly #pending = new Map<number, Pending>();
  readonly #asking = new Map<number, AbortController>();
  readonly #send: (message: ToThread) => void;
  #nextId = 1;

  constructor(send: (message: ToThread) => void) {
    this.#send = send;
  }

  /** @returns its answer; settles never once the exchange has ended. */
  answer(exchange: Exchange): Promise<Answer> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { exchange, resolve, reject });
      this.#send({ is: 'call', id, text: textOf(exchange) });
      exchange.onAbort(() => {
        if (this.#pending.delete(id)) this.#send({ is: 'abort', id, reason: reasonOf(exchange) });
      });
    });
  }

  receive(message: CallMessage): void {
    switch (message.is) {
      case 'result':
        this.#settle(message.id, ({ resolve }) =>
          resolve({ result: JSON.parse(message.text), text: message.text }),
        );
        break;
      case 'error':
        this.#settle(message.id, ({ resolve }) =>
          resolve({ error: JSON.parse(message.text) as JsonRpcError }),
        );
        break;
      case 'thrown':
        this.#settle(message.id, ({ reject }) => reject(errorOf(message.failure)));
        break;
      case 'notify':
        void this.#pending.get(message.id)?.exchange.notify(JSON.parse(message.text));
        break;
      case 'sent':
        this.#pending.get(message.id)?.exchange.trace?.sent(JSON.parse(message.text));
        break;
      case 'ask':
        this.#ask(message);
        break;
      case 'withdraw':
        this.#asking.get(message.question)?.abort();
    }
  }

  /** Nothing will be answered any longer. */
  fail(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    for (const withdrawal of this.#asking.values()) withdrawal.abort();
    this.#asking.clear();
  }

  /** What cannot be read settles nothing: the end of the thread does. */
  #settle(id: number, settle: (pending: Pending) => void): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    settle(pending);
    this.#pending.delete(id);
  }

  #ask({ id, question, text, wantsProgress }: Extract<CallMessage, { is: 'ask' }>): void {
    const exchange = this.#pending.get(id)?.exchange;
    // The caller has left, and the thread learns it from the message that is under way.
    if (!exchange) return;
    const withdrawal = new AbortController();
    this.#asking.set(question, withdrawal);
    const onProgress = (progress: JsonObject): void =>
      this.#send({ is: 'progress', question, text: JSON.stringify(progress) });
    const asked = exchange.ask(JSON.parse(text), {
      withdrawn: withdrawal.signal,
      onProgress: wantsProgress ? onProgress : undefined,
    });
    void asked.then((answer) => {
      if (!this.#asking.delete(question) || withdrawal.signal.aborted) return;
      this.#send({ is: 'reply', question, text: JSON.stringify(answer) });
    });
  }
}

function textOf({ request, era, caller, client, clientKey, trace }: Exchange): string {
  const { authInfo, headers, subject, isPerson, isVerified, path, query } = caller;
  // Read one by one: they are getters.
  const known = { authInfo, headers, subject, isPerson, isVerified, path, query };
  const traceparent = trace?.traceparent;
  const call: Call = { request, era, caller: known, client, clientKey, traceparent };
  return JSON.stringify(call);
}

function reasonOf(exchange: Exchange): string {
  try {
    exchange.throwIfEnded();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}
