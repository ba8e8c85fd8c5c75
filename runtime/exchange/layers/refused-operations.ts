// Refuses operations that have blocked processes of this app, while the rest of the server keeps
// working.

import type { Backend, BackendState } from '../backend.ts';
import { operationOf } from '../entered.ts';
import type { Answer, Exchange } from '../exchange.ts';
import { HostError } from '../refusals.ts';
import { ForwardingBackend } from './forwarding-backend.ts';

class RefusedOperations extends ForwardingBackend {
  readonly #until: ReadonlyMap<string, number>;

  constructor(inner: Backend, until: ReadonlyMap<string, number>) {
    super(inner);
    this.#until = until;
  }

  override get state(): BackendState {
    const now = Date.now();
    const blocked = [...this.#until].flatMap(([operation, end]) => (end > now ? [operation] : []));
    return blocked.length > 0 ? { ...this.inner.state, blocked } : this.inner.state;
  }

  override answer(exchange: Exchange): Promise<Answer> {
    const leftMs = (this.#until.get(operationOf(exchange.request)) ?? 0) - Date.now();
    if (leftMs <= 0) return this.inner.answer(exchange);
    const retryAfterSeconds = Math.ceil(leftMs / 1_000);
    return Promise.reject(new HostError('blocked', { retryAfterSeconds }));
  }
}

/**
 * @param until by {@link operationOf}, when requests pass again, by `Date.now()`.
 * @returns `inner` itself where nothing is refused, so that a call costs nothing.
 */
export function refuseOperations(inner: Backend, until: ReadonlyMap<string, number>): Backend {
  return until.size > 0 ? new RefusedOperations(inner, until) : inner;
}
