// rate-limit-by-key, as its page describes it:
// https://learn.microsoft.com/azure/api-management/rate-limit-by-key-policy

/** Counters of one gateway: "a single counter for each counter-key value". */
export class Counters {
  readonly #calls = new Map<string, number[]>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Counts a call in "the sliding window during which the number of allowed requests should not
   * exceed" `calls`.
   * @returns undefined, or the "recommended retry interval in seconds" when there were too many.
   */
  count(key: string, calls: number, renewalSeconds: number): number | undefined {
    const now = this.#now();
    const windowMs = renewalSeconds * 1000;
    const recent = (this.#calls.get(key) ?? []).filter((at) => now - at < windowMs);
    if (recent.length >= calls) return Math.ceil(((recent[0] as number) + windowMs - now) / 1000);
    this.#calls.set(key, [...recent, now]);
    return undefined;
  }
}
