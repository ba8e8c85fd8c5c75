// Counts the calls of each caller in the current window, for @fastify/rate-limit. The package's own
// counts use the system clock: set back by an hour, it would refuse callers for that hour.

import type { FastifyRateLimitStore } from '@fastify/rate-limit';

/**
 * Callers remembered per server, so that memory stays bounded. A caller is forgotten only when at
 * least half as many others were seen after it.
 */
const MAX_CALLERS = 10_000;

interface Count {
  current: number;
  /** `performance.now()` when its window began. */
  startedAt: number;
}

export class CallCounts implements FastifyRateLimitStore {
  // Two maps, so that no request moves an entry: performance.md.
  #recent = new Map<string, Count>();
  #older = new Map<string, Count>();

  incr(
    key: string,
    callback: (error: Error | null, result: { current: number; ttl: number }) => void,
    windowMs: number,
  ): void {
    const now = performance.now();
    const count = this.#recent.get(key) ?? this.#remember(key, now);
    if (now >= count.startedAt + windowMs) {
      count.current = 0;
      count.startedAt = now;
    }
    count.current += 1;
    callback(null, { current: count.current, ttl: count.startedAt + windowMs - now });
  }

  #remember(key: string, now: number): Count {
    const count = this.#older.get(key) ?? { current: 0, startedAt: now };
    if (this.#recent.size >= MAX_CALLERS / 2) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(key, count);
    return count;
  }

  /** Each server counts for itself. */
  child(): CallCounts {
    return new CallCounts();
  }
}
