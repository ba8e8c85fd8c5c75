// The open exchanges of one server, and the timer that ends those past their deadline. Why one
// timer: performance.md.

import type { OpenExchange } from './open-exchange.ts';
import { ShortLivedSet } from './short-lived-set.ts';

export class InFlight extends ShortLivedSet<OpenExchange> {
  readonly #timeoutMs: number;
  #timer: NodeJS.Timeout | undefined;

  /** @param timeoutMs the longest time that an exchange has left, when it is added and later. */
  constructor(timeoutMs: number) {
    super();
    this.#timeoutMs = timeoutMs;
  }

  override add(exchange: OpenExchange): void {
    super.add(exchange);
    this.#timer ??= this.#wait(this.#timeoutMs);
  }

  /** Whether `max` of them are work; those that wait for people are counted elsewhere. */
  isFull(max: number): boolean {
    if (this.size < max) return false;
    let working = 0;
    for (const { isWaiting } of this) if (!isWaiting) working += 1;
    return working >= max;
  }

  #wait(ms: number): NodeJS.Timeout {
    // Its exchanges have connections, which keep the process alive.
    return setTimeout(() => this.#look(), ms).unref();
  }

  /** A moved deadline is later than the next check, so the timer needs no notice of it. */
  #look(): void {
    const now = performance.now();
    let next = now + this.#timeoutMs;
    for (const exchange of this) {
      if (exchange.endsAt <= now) exchange.end('deadline');
      else if (exchange.endsAt < next) next = exchange.endsAt;
    }
    this.#timer = this.size > 0 ? this.#wait(Math.ceil(next - now)) : undefined;
  }
}
