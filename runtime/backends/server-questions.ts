// What an SDK server asks its client: given to the exchange that it belongs to, and answered under
// the SDK's own id, which counts from 0 in every server and never leaves here.

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

/** A request of the server, as its SDK hands it to a transport. */
interface ServerRequest {
  readonly id?: RequestId;
  readonly method?: string;
  readonly params?: JsonObject;
}

/**
 * Guessing the caller by async context is unsafe: a queue that the first call made carries that
 * caller indefinitely.
 */
const UNRELATED = refusal(
  'The question names no request. Fix: pass { relatedRequestId: extra.requestId } (SDK v1) or { relatedRequestId: ctx.mcpReq.id } (SDK v2), or use `instance: per-request`.',
);

/** The answer was sent, or the caller left: there is nobody to ask. */
const ENDED = refusal('The request that this question belongs to has ended.');

/** It could be neither sent nor told apart from others. */
const NOT_JSON = refusal('The question cannot be written as JSON (a cycle, a BigInt).');

export class ServerQuestions {
  readonly #asking = new Map<unknown, AbortController>();
  readonly #feed: (answer: object) => void;

  /** @param feed hands the server an answer, or progress towards one. */
  constructor(feed: (answer: object) => void) {
    this.#feed = feed;
  }

  /**
   * @param exchange the one to ask in, if there is one.
   * @param isRelated whether the question told which one it means.
   */
  ask(request: ServerRequest, exchange: Exchange | undefined, isRelated: boolean): void {
    const { id } = request;
    const withdrawal = new AbortController();
    const question = questionOf(request);
    const asking =
      question && exchange
        ? exchange.ask(question, {
            withdrawn: withdrawal.signal,
            onProgress: this.#progressFor(question),
          })
        : Promise.resolve(whyNot(question, isRelated));
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

/** @returns the question as it stands on the wire, or undefined when it is no JSON. */
function questionOf({ method, params }: ServerRequest): Question | undefined {
  try {
    return JSON.parse(JSON.stringify({ method, params }));
  } catch {
    return undefined;
  }
}

function whyNot(question: Question | undefined, isRelated: boolean): Answer {
  if (!question) return NOT_JSON;
  return isRelated ? ENDED : UNRELATED;
}

function refusal(message: string): { readonly error: JsonRpcError } {
  return { error: { code: ERROR_CODES.internalError, message } };
}
