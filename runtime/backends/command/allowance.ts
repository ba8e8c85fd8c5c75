// How often something may be logged: so many times in a window of time, and the rest is counted.

export class Allowance {
  readonly #max: number;
  readonly #windowMs: number;
  #windowEnd = 0;
  #used = 0;
  #refused = 0;

  constructor(max: number, windowMs: number) {
    this.#max = max;
    this.#windowMs = windowMs;
  }

  /** Whether it may be done once more; if not, it is counted. */
  take(): boolean {
    const now = performance.now();
    if (now >= this.#windowEnd) {
      this.#windowEnd = now + this.#windowMs;
      this.#used = 0;
    }
    if (this.#used >= this.#max) {
      this.#refused += 1;
      return false;
    }
    this.#used += 1;
    return true;
  }

  /** How many were refused since this was last asked. */
  takeRefused(): number {
    const refused = this.#refused;
    this.#refused = 0;
    return refused;
  }
}
