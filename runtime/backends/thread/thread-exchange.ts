// An exchange as a server in a thread sees it: what it tells or asks its caller goes to the host.

import type {
  Answer,
  Caller,
  Client,
  Era,
  Exchange,
  JsonObject,
  JsonRpcNotification,
  JsonRpcRequest,
  OutgoingRequest,
  Question,
  QuestionOptions,
  Trace,
} from '../../exchange/exchange.ts';
import { LazyAbort } from '../../exchange/lazy-abort.ts';
import type { Call, FromThread } from './messages.ts';
import type { Outbox } from './outbox.ts';

/** Questions of all exchanges of a thread that wait for their answers. */
export class Questions {
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;

  add(waiting: Waiting): number {
    const number = this.#next++;
    this.#waiting.set(number, waiting);
    return number;
  }

  reply(number: number, answer: Answer): void {
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    waiting?.resolve(answer);
  }

  progress(number: number, progress: JsonObject): void {
    this.#waiting.get(number)?.onProgress?.(progress);
  }
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly onProgress: QuestionOptions['onProgress'];
}

export class ThreadExchange implements Exchange {
  readonly request: JsonRpcRequest;
  readonly era: Era;
  readonly caller: Caller;
  readonly client: Client;
  readonly clientKey: string | undefined;
  readonly trace: Trace | undefined;
  readonly #id: number;
  readonly #outbox: Outbox<FromThread>;
  readonly #questions: Questions;
  readonly #abort = new LazyAbort();

  constructor(id: number, call: Call, outbox: Outbox<FromThread>, questions: Questions) {
    this.#id = id;
    this.request = call.request;
    this.era = call.era;
    this.caller = call.caller;
    this.client = call.client;
    this.clientKey = call.clientKey;
    const { traceparent } = call;
    this.trace =
      traceparent === undefined
        ? undefined
        : { traceparent, sent: (request) => this.#sent(request) };
    this.#outbox = outbox;
    this.#questions = questions;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  onAbort(listener: () => void): void {
    this.#abort.onAbort(listener);
  }

  throwIfEnded(): void {
    this.#abort.throwIfAborted();
  }

  /** The host no longer waits for the answer. */
  abort(reason: string): void {
    this.#abort.abort(new Error(reason));
  }

  #sent(request: OutgoingRequest): void {
    this.#outbox.send({ is: 'sent', id: this.#id, text: JSON.stringify(request) });
  }

  /** The host counts what its client has not read: a thread need not wait. */
  notify(notification: JsonRpcNotification): undefined {
    const text = jsonOf(notification);
    if (text !== undefined) this.#outbox.send({ is: 'notify', id: this.#id, text });
    return undefined;
  }

  ask(question: Question, { withdrawn, onProgress }: QuestionOptions): Promise<Answer> {
    return new Promise((resolve) => {
      const number = this.#questions.add({ resolve, onProgress });
      const text = JSON.stringify(question);
      const wantsProgress = onProgress !== undefined;
      this.#outbox.send({ is: 'ask', id: this.#id, question: number, text, wantsProgress });
      const withdraw = () => this.#outbox.send({ is: 'withdraw', question: number });
      withdrawn.addEventListener('abort', withdraw, { once: true });
    });
  }
}

/** @returns undefined for what cannot be written as JSON (a cycle, a BigInt). */
export function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
