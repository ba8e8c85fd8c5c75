// Which replayed states were used in this process: a state that comes again would run the end of its
// tool again.

import { NONCE_LENGTH } from '../seal.ts';

/** Of one server; each costs some hundred bytes. */
const MAX_REMEMBERED = 10_000;

export class UsedStates {
  readonly #lifetimeMs: number;
  /** When each may be forgotten, by the nonce of its seal; in the order of use, so of these times. */
  readonly #forgetAt = new Map<string, number>();

  /** @param lifetimeMs the longest time for which a state is good. */
  constructor(lifetimeMs: number) {
    this.#lifetimeMs = lifetimeMs;
  }

  /**
   * When too many are remembered, the oldest is forgotten: a state is good for its own caller only,
   * so whoever makes room repeats a call of its own, and no one else is refused.
   * @param state a seal that this host has opened, so its nonce is no caller's choice.
   * @returns whether this is its first use.
   */
  use(state: string): boolean {
    const nonce = state.slice(0, NONCE_LENGTH);
    if (this.#forgetAt.has(nonce)) return false;
    const now = Date.now();
    for (const [oldest, forgetAt] of this.#forgetAt) {
      if (forgetAt >= now && this.#forgetAt.size < MAX_REMEMBERED) break;
      this.#forgetAt.delete(oldest);
    }
    this.#forgetAt.set(nonce, now + this.#lifetimeMs);
    return true;
  }
}
