// The places of one server for what waits for its clients: open questions of the 2025 era, parked
// handlers and listening streams of 2026-07-28. They are few, so one caller must not take them all.

import type { ByteShare, WaitingCall } from '../../exchange/byte-budget.ts';
import type { Caller } from '../../exchange/exchange.ts';

/** For the server's author and the model, whose question is refused. */
export const MADE_ROOM =
  'The host no longer waits for the client, because other callers need the capacity. Try again later.';

/** Who takes a place. */
export interface Waiting extends WaitingCall {
  readonly caller: Pick<Caller, 'subject' | 'isVerified'>;
}

export class WaitingPlaces {
  readonly #max: number;
  readonly #share: ByteShare;
  /** The oldest first. */
  readonly #taken = new Set<Waiting>();

  constructor(max: number, share: ByteShare) {
    this.#max = max;
    this.#share = share;
  }

  get size(): number {
    return this.#taken.size;
  }

  /** @returns false when there is no place for it. */
  take(waiting: Waiting): boolean {
    if (this.#taken.size >= this.#max && !this.#makeRoom(waiting.caller)) return false;
    this.#taken.add(waiting);
    this.#share.waiting.add(waiting);
    return true;
  }

  /** Without effect for one that has no place. */
  leave(waiting: Waiting): void {
    this.#taken.delete(waiting);
    this.#share.waiting.delete(waiting);
  }

  /**
   * Who was verified keeps more than half of the places only as long as no one else needs one.
   * Callers that cannot be distinguished do not count as one caller, so they keep what they have.
   */
  #makeRoom({ subject }: Waiting['caller']): boolean {
    const half = this.#max / 2;
    const counts = new Map<string, number>();
    for (const { caller } of this.#taken) {
      counts.set(caller.subject, (counts.get(caller.subject) ?? 0) + 1);
    }
    if ((counts.get(subject) ?? 0) >= half) return false;
    for (const waiting of this.#taken) {
      const { caller } = waiting;
      if (!caller.isVerified || (counts.get(caller.subject) as number) <= half) continue;
      waiting.end();
      this.leave(waiting);
      return true;
    }
    return false;
  }
}
