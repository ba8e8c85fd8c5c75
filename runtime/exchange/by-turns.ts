// Long work for several requests, cut into steps: the event loop runs one step in each turn, and
// reads what has arrived between two of them.

import { setImmediate } from './builtins.ts';

/** @returns whether there is more to do. */
export type Step = () => boolean;

export class ByTurns {
  /** Each owner has its turn; within one, what came first ends first, and gives its memory back. */
  readonly #owners = new Map<object, Step[]>();

  /** @param owner whose work it is: those of a server wait for each other. */
  add(owner: object, step: Step): void {
    if (this.#owners.size === 0) setImmediate(() => this.#turn());
    const steps = this.#owners.get(owner);
    if (steps) steps.push(step);
    else this.#owners.set(owner, [step]);
  }

  #turn(): void {
    const [first] = this.#owners;
    if (!first) return;
    const [owner, steps] = first;
    let hasMore = false;
    try {
      hasMore = (steps[0] as Step)();
    } finally {
      if (!hasMore) steps.shift();
      // To the end of the line.
      this.#owners.delete(owner);
      if (steps.length > 0) this.#owners.set(owner, steps);
      if (this.#owners.size > 0) setImmediate(() => this.#turn());
    }
  }
}
