// Where the handlers of one server wait for their clients' answers: bounded in number, time and bytes.

import { randomBytes } from 'node:crypto';
import type { Answer, Caller, JsonObject, JsonRpcRequest } from '../../exchange/exchange.ts';
import type { OpenExchange } from '../../exchange/open-exchange.ts';
import { HostError } from '../../exchange/refusals.ts';
import type { Sealer } from '../seal.ts';
import { isRetryOf, parkPurpose } from './state.ts';
import { MADE_ROOM, type Waiting, type WaitingPlaces } from './waiting-places.ts';

/** States of ended calls that are remembered, so that their clients learn why. */
const MAX_ENDED = 1_000;

/** A handler that waits; see parked-run.ts. */
export interface Parkable {
  readonly request: JsonRpcRequest;
  readonly caller: Caller;
  readonly heldBytes: number;
  resume(round: OpenExchange, responses: JsonObject): Promise<Answer>;
  cancel(reason: string): void;
}

interface Place extends Waiting {
  readonly run: Parkable;
  readonly timer: NodeJS.Timeout;
}

/** Why no one is asked, for the server's author and the model. */
export const SHUT_DOWN = 'The host shut down.';
const ENDED =
  'The host ended this call, which was waiting for its client, to make room for other calls. Call again.';
export const TOO_MANY_WAIT = 'Too many requests are waiting for their clients. Try again later.';

export class Parking {
  readonly #server: string;
  /** How long one may wait, milliseconds. */
  readonly #inputTimeoutMs: number;
  readonly #sealer: Sealer;
  readonly #places: WaitingPlaces;
  readonly #parked = new Map<string, Place>();
  /** Those that made room for others. */
  readonly #ended = new Set<string>();
  #isClosed = false;

  constructor(server: string, inputTimeoutMs: number, sealer: Sealer, places: WaitingPlaces) {
    this.#server = server;
    this.#inputTimeoutMs = inputTimeoutMs;
    this.#sealer = sealer;
    this.#places = places;
  }

  /**
   * @returns the `requestState` that brings the run back, once, for the same caller and request.
   */
  park(run: Parkable): { state: string } | { refusal: string } {
    if (this.#isClosed) return { refusal: SHUT_DOWN };
    const id = randomBytes(16).toString('base64url');
    const place: Place = {
      run,
      caller: run.caller,
      heldBytes: run.heldBytes,
      timer: setTimeout(() => {
        this.#leave(id);
        run.cancel('The client did not answer in time.');
      }, this.#inputTimeoutMs).unref(),
      end: () => {
        this.#leave(id);
        this.#rememberEnded(id);
        run.cancel(MADE_ROOM);
      },
    };
    if (!this.#places.take(place)) {
      clearTimeout(place.timer);
      return { refusal: TOO_MANY_WAIT };
    }
    this.#parked.set(id, place);
    return { state: this.#sealer.seal(parkPurpose(this.#server, run), { id }) };
  }

  /**
   * @returns undefined for a state that is unknown, used, too old or another caller's or request's.
   * @throws HostError `overloaded` for one that was ended to make room.
   */
  take(state: unknown, request: JsonRpcRequest, caller: Caller): Parkable | undefined {
    const opened = this.#sealer.open(parkPurpose(this.#server, { request, caller }), state);
    const id = (opened as { id?: string } | undefined)?.id ?? '';
    if (this.#ended.delete(id)) throw new HostError('overloaded', { message: ENDED });
    const run = this.#parked.get(id)?.run;
    return run && isRetryOf(run.request, request) ? this.#leave(id)?.run : undefined;
  }

  #leave(id: string): Place | undefined {
    const place = this.#parked.get(id);
    if (!place) return undefined;
    this.#parked.delete(id);
    this.#places.leave(place);
    clearTimeout(place.timer);
    return place;
  }

  #rememberEnded(id: string): void {
    this.#ended.add(id);
    if (this.#ended.size <= MAX_ENDED) return;
    const [oldest] = this.#ended;
    this.#ended.delete(oldest as string);
  }

  /** Ends all that wait, and lets no more in: the process is shutting down. */
  close(): void {
    this.#isClosed = true;
    for (const id of [...this.#parked.keys()]) this.#leave(id)?.run.cancel(SHUT_DOWN);
  }
}
