// Counts the bytes of calls whose handlers continue after the caller has left: a handler keeps its
// arguments as long as it runs.

import { setImmediate, setTimeout } from '../exchange/builtins.ts';
import type { Holding } from '../exchange/byte-budget.ts';

/** How often it is looked at whether handlers have ended. */
const LOOK_MS = 500;

export class AbandonedBytes {
  readonly #running: () => number;
  #held: Holding[] = [];
  #isWaiting = false;

  /** @param running how many handlers of the server go on. */
  constructor(running: () => number) {
    this.#running = running;
  }

  /** Gives it back when fewer handlers go on than calls were kept. */
  keep(holding: Holding): void {
    this.#held.push(holding);
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    // A handler gets its abort signal one turn later, and most end then.
    setImmediate(() => this.#look());
  }

  /** Which of them have ended is not known: the largest stay. */
  #look(): void {
    const held = this.#held.toSorted((a, b) => b.bytes - a.bytes);
    this.#held = held.slice(0, this.#running());
    for (const holding of held.slice(this.#held.length)) holding.release();
    this.#isWaiting = this.#held.length > 0;
    if (this.#isWaiting) setTimeout(() => this.#look(), LOOK_MS).unref();
  }
}
