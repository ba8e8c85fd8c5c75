// Where the handlers of one server wait for their clients' answers: bounded in number and time.

import { randomBytes } from 'node:crypto';
import type { Answer, Caller, JsonObject, JsonRpcRequest } from '../../exchange/exchange.ts';
import type { OpenExchange } from '../../exchange/open-exchange.ts';
import type { Sealer } from '../seal.ts';
import { purposeOf } from './state.ts';

export interface ParkingLimits {
  /** Handlers that may wait at once. */
  readonly maxParked: number;
  /** How long one may wait, milliseconds. */
  readonly inputTimeoutMs: number;
}

/** A handler that waits; see parked-run.ts. */
interface Waiting {
  readonly request: JsonRpcRequest;
  readonly caller: Caller;
  resume(round: OpenExchange, responses: JsonObject): Promise<Answer>;
  cancel(reason: string): void;
}

interface Place {
  readonly run: Waiting;
  readonly timer: NodeJS.Timeout;
}

/** Why nobody is asked, for the server's author and the model. */
export const SHUT_DOWN = 'The host shut down.';
export const TOO_MANY_WAIT = 'Too many requests wait for their clients; try again later.';

export class Parking {
  readonly #server: string;
  readonly #limits: ParkingLimits;
  readonly #sealer: Sealer;
  readonly #places = new Map<string, Place>();
  #isClosed = false;

  constructor(server: string, limits: ParkingLimits, sealer: Sealer) {
    this.#server = server;
    this.#limits = limits;
    this.#sealer = sealer;
  }

  get size(): number {
    return this.#places.size;
  }

  /**
   * @returns the `requestState` that brings the run back, once, for the same caller and request.
   */
  park(run: Waiting): { state: string } | { refusal: string } {
    if (this.#isClosed) return { refusal: SHUT_DOWN };
    if (this.#places.size >= this.#limits.maxParked) {
      return { refusal: TOO_MANY_WAIT };
    }
    const id = randomBytes(16).toString('base64url');
    const timer = setTimeout(() => {
      this.#places.delete(id);
      run.cancel('The client did not answer in time.');
    }, this.#limits.inputTimeoutMs).unref();
    this.#places.set(id, { run, timer });
    return { state: this.#sealer.seal(purposeOf('park', this.#server, run), { id }) };
  }

  /**
   * @returns undefined for a state that is unknown, used, too old or another caller's or request's.
   */
  take(state: unknown, request: JsonRpcRequest, caller: Caller): Waiting | undefined {
    const opened = this.#sealer.open(purposeOf('park', this.#server, { request, caller }), state);
    const id = (opened as { id?: string } | undefined)?.id ?? '';
    const place = this.#places.get(id);
    if (!place) return undefined;
    this.#places.delete(id);
    clearTimeout(place.timer);
    return place.run;
  }

  /** Ends all that wait, and lets no more in: the process is shutting down. */
  close(): void {
    this.#isClosed = true;
    for (const { run, timer } of this.#places.values()) {
      clearTimeout(timer);
      run.cancel(SHUT_DOWN);
    }
    this.#places.clear();
  }
}
