// What a server asks its client: given to the exchange that it belongs to, and answered under the
// server's own id, which counts from 0 in every server and never leaves here.

import type {
  Answer,
  Exchange,
  JsonObject,
  JsonRpcError,
  Question,
  QuestionOptions,
  RequestId,
} from '../exchange/exchange.ts';
import { ERROR_CODES, NOTIFICATIONS } from '../exchange/wire-names.ts';

/** A request of the server, as it came over its connection. */
interface ServerRequest {
  readonly id?: RequestId;
  readonly method?: string;
  readonly params?: JsonObject;
}

export type Refusal = { readonly error: JsonRpcError };

export const whyNobodyIsAsked = {
  /**
   * Guessing the caller by async context is unsafe: a queue that the first call made carries that
   * caller indefinitely.
   */
  unrelated: refusal(
    'The question does not name its request. Fix: pass { relatedRequestId: extra.requestId } (SDK v1) or { relatedRequestId: ctx.mcpReq.id } (SDK v2), or use `instance: per-request`.',
  ),
  /** Over standard input and output a question cannot name its request. */
  ambiguous: refusal(
    'Several requests are open, and the question does not name one of them. Fix: ask while only one request is open, or use `instance: per-request`.',
  ),
  /** The answer was sent, or the caller left: there is no one to ask. */
  ended: refusal('The request that this question belongs to has ended.'),
} as const;

/** It could neither be sent nor be distinguished from others. */
const NOT_JSON = refusal(
  'The question cannot be written as JSON, because it contains a cycle or a BigInt.',
);

export class ServerQuestions {
  readonly #asking = new Map<unknown, AbortController>();
  readonly #feed: (answer: object) => void;

  /** @param feed hands the server an answer, or progress towards one. */
  constructor(feed: (answer: object) => void) {
    this.#feed = feed;
  }

  /**
   * @param exchange the one to ask in, if there is one.
   * @param whyNot says why there is none.
   */
  ask(request: ServerRequest, exchange: Exchange | undefined, whyNot: () => Refusal): void {
    const { id } = request;
    const withdrawal = new AbortController();
    const question = questionOf(request);
    const asking =
      question && exchange
        ? exchange.ask(question, {
            withdrawn: withdrawal.signal,
            onProgress: this.#progressFor(question),
          })
        : Promise.resolve<Answer>(question ? whyNot() : NOT_JSON);
    this.#asking.set(id, withdrawal);
    void asking.then((answer) => {
      this.#asking.delete(id);
      if (!withdrawal.signal.aborted) this.#feed({ jsonrpc: '2.0', id, ...answer });
    });
  }

  /** Reported under the token that the server's SDK knows, not under the one that went out. */
  #progressFor({ params }: Question): QuestionOptions['onProgress'] {
    const { progressToken } = (params?._meta ?? {}) as JsonObject;
    if (progressToken === undefined) return undefined;
    return (progress) =>
      this.#feed({
        jsonrpc: '2.0',
        method: NOTIFICATIONS.progress,
        params: { ...progress, progressToken },
      });
  }

  /** The server no longer wants to know; it gets no answer. */
  withdraw(id: unknown): void {
    this.#asking.get(id)?.abort();
  }
}

/** @returns the question as it is sent, or undefined if it is not JSON. */
function questionOf({ method, params }: ServerRequest): Question | undefined {
  try {
    return JSON.parse(JSON.stringify({ method, params }));
  } catch {
    return undefined;
  }
}

function refusal(message: string): Refusal {
  return { error: { code: ERROR_CODES.internalError, message } };
}
