// Counts the calls of each caller in the current window, for @fastify/rate-limit. The package's own
// counts use the system clock: set back by an hour, it would refuse callers for that hour.

import type { FastifyRateLimitStore } from '@fastify/rate-limit';

/**
 * Callers remembered per server; the least recently seen is forgotten first, so memory stays
 * bounded.
 */
const MAX_CALLERS = 10_000;

interface Count {
  current: number;
  /** `performance.now()` when its window began. */
  startedAt: number;
}

export class CallCounts implements FastifyRateLimitStore {
  /** The least recently seen caller first. */
  readonly #counts = new Map<string, Count>();

  incr(
    key: string,
    callback: (error: Error | null, result: { current: number; ttl: number }) => void,
    windowMs: number,
  ): void {
    const now = performance.now();
    const known = this.#counts.get(key);
    const count =
      known && now < known.startedAt + windowMs ? known : { current: 0, startedAt: now };
    count.current += 1;
    this.#counts.delete(key);
    this.#counts.set(key, count);
    if (this.#counts.size > MAX_CALLERS) {
      for (const oldest of this.#counts.keys()) {
        this.#counts.delete(oldest);
        break;
      }
    }
    callback(null, { current: count.current, ttl: count.startedAt + windowMs - now });
  }

  /** Each server counts for itself. */
  child(): CallCounts {
    return new CallCounts();
  }
}
