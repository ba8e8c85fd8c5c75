// Questions of the 2025 era: sent on the event stream of the request they belong to, answered by
// another POST.

import { randomBytes } from 'node:crypto';
import { heldByValue } from '../../exchange/byte-budget.ts';
import type {
  Answer,
  Caller,
  JsonObject,
  Question,
  QuestionOptions,
  RequestId,
} from '../../exchange/exchange.ts';
import type { OpenExchange } from '../../exchange/open-exchange.ts';
import { ERROR_CODES, NOTIFICATIONS } from '../../exchange/wire-names.ts';
import type { McpResponse } from '../response.ts';
import { SHUT_DOWN, TOO_MANY_WAIT } from './parking.ts';
import { missingCapability, missingCapabilityAnswer, prepareQuestion } from './question.ts';
import type { Waiting as Place, WaitingPlaces } from './waiting-places.ts';

/** Questions of one request that wait at once; a server that asks without end must not fill the memory. */
const MAX_OPEN = 100;

interface Waiting {
  readonly exchange: OpenExchange;
  readonly end: (answer: Answer) => void;
  /** Tells the client that no one waits for its answer any longer. */
  readonly takeBack: (reason: string) => void;
  readonly onProgress: QuestionOptions['onProgress'];
}

/** A request that asks its client: its place, and its questions without an answer. */
interface Asked extends Place {
  readonly open: Set<Waiting>;
}

export interface AskOptions {
  readonly exchange: OpenExchange;
  readonly response: McpResponse;
  /** How long the client may take, milliseconds. */
  readonly inputTimeoutMs: number;
}

/** The questions of one server that wait for clients of the 2025 era. */
export class QuestionDesk {
  // SDKs count their ids from 0: only an unguessable id keeps one caller from answering another's
  // question.
  readonly #waiting = new Map<RequestId, Waiting>();
  /** The same questions by the exchange they were asked in. */
  readonly #asked = new Map<OpenExchange, Asked>();
  readonly #places: WaitingPlaces;
  #isClosed = false;

  constructor(places: WaitingPlaces) {
    this.#places = places;
  }

  ask(
    asked: Question,
    { withdrawn, onProgress }: QuestionOptions,
    options: AskOptions,
  ): Promise<Answer> {
    if (this.#isClosed) return Promise.resolve(refused(SHUT_DOWN));
    const { exchange, response } = options;
    const { capabilities } = exchange.client;
    const required = capabilities && missingCapability(asked, capabilities);
    if (required) return Promise.resolve(missingCapabilityAnswer(required));
    if ((this.#asked.get(exchange)?.open.size ?? 0) >= MAX_OPEN) {
      return Promise.resolve(
        refused('Too many questions of this request are waiting for the client.'),
      );
    }
    const place = this.#placeOf(exchange);
    if (!place) return Promise.resolve(refused(TOO_MANY_WAIT));
    const { question } = prepareQuestion(asked);
    const id = randomBytes(16).toString('hex');
    const sent = onProgress ? withProgressToken(question, id) : question;
    if (!response.request({ jsonrpc: '2.0', id, ...sent })) {
      this.#leaveEmpty(exchange, place);
      return Promise.resolve(
        refused('The client does not accept an event stream, so the server cannot ask it.'),
      );
    }
    return new Promise((resolve) => {
      const end = (answer: Answer): void => {
        if (!this.#waiting.delete(id)) return;
        clearTimeout(timer);
        this.#forget(waiting);
        resolve(answer);
      };
      // The client may stop asking its person (MCP 2025-11-25, basic/utilities/cancellation).
      const takeBack = (reason: string): void => {
        void exchange.notify({
          jsonrpc: '2.0',
          method: NOTIFICATIONS.cancelled,
          params: { requestId: id, reason },
        });
        end(refused(reason));
      };
      const timer = setTimeout(
        () => takeBack('The client did not answer in time.'),
        options.inputTimeoutMs,
      );
      withdrawn.addEventListener('abort', () => {
        if (this.#waiting.has(id)) takeBack('The server no longer waits for the answer.');
      });
      const waiting: Waiting = { exchange, end, takeBack, onProgress };
      this.#waiting.set(id, waiting);
      place.open.add(waiting);
      exchange.pauseDeadline();
    });
  }

  /** Takes back what `exchange` still asks: its client has cancelled it. */
  takeBack(exchange: OpenExchange): void {
    for (const { takeBack } of this.#asked.get(exchange)?.open ?? []) {
      takeBack('The request was cancelled.');
    }
  }

  /** Ends what `exchange` still asks: no one waits for its answer any longer. */
  leave(exchange: OpenExchange): void {
    for (const { end } of this.#asked.get(exchange)?.open ?? []) {
      end(refused('The caller no longer waits.'));
    }
  }

  /**
   * Ends all requests whose clients are asked something, and asks no more: the process is shutting
   * down.
   */
  close(): void {
    this.#isClosed = true;
    for (const exchange of [...this.#asked.keys()]) exchange.end('shutdown');
  }

  /** @returns whether the id was waiting for an answer of this caller. */
  answer(id: unknown, caller: Pick<Caller, 'subject'>, answer: Answer): boolean {
    const waiting = this.#waiting.get(id as RequestId);
    if (waiting?.exchange.caller.subject !== caller.subject) return false;
    waiting.end(answer);
    return true;
  }

  /**
   * Takes progress that a client reports; what no question of this caller waits for is dropped,
   * also when it waits on another instance.
   * @param progress the `params` of the notification.
   */
  progress(progress: JsonObject | undefined, caller: Pick<Caller, 'subject'>): void {
    const waiting = this.#waiting.get(progress?.progressToken as RequestId);
    if (!progress || waiting?.exchange.caller.subject !== caller.subject) return;
    if (typeof progress.progress === 'number') waiting.onProgress?.(progress);
  }

  /** @returns undefined when too many wait; one request has one place for all of its questions. */
  #placeOf(exchange: OpenExchange): Asked | undefined {
    const known = this.#asked.get(exchange);
    if (known) return known;
    const place: Asked = {
      open: new Set(),
      caller: exchange.caller,
      heldBytes: heldByValue(exchange.request.params),
      end: () => exchange.end('overloaded'),
    };
    if (!this.#places.take(place)) return undefined;
    this.#asked.set(exchange, place);
    return place;
  }

  /** The time limit runs again when the last of several questions has its answer. */
  #forget(waiting: Waiting): void {
    const { exchange } = waiting;
    const place = this.#asked.get(exchange);
    place?.open.delete(waiting);
    if (place && this.#leaveEmpty(exchange, place)) exchange.restartDeadline();
  }

  #leaveEmpty(exchange: OpenExchange, place: Asked): boolean {
    if (place.open.size > 0) return false;
    this.#places.leave(place);
    return this.#asked.delete(exchange);
  }
}

/** Its own id is as unguessable a token as any. */
function withProgressToken({ method, params }: Question, progressToken: string): Question {
  return { method, params: { ...params, _meta: { ...(params?._meta as object), progressToken } } };
}

function refused(message: string): Answer {
  return { error: { code: ERROR_CODES.internalError, message } };
}
