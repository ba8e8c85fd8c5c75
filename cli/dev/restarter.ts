// Keeps one child running: starts it, restarts it on demand, and waits for the next demand when it
// ends by itself.

import type { Child } from './child.ts';

export class Restarter {
  readonly #start: () => Child;
  readonly #onEnd: (outcome: number | string) => void;
  #child: Child | undefined;
  #turn: Promise<void> = Promise.resolve();
  #isStopped = false;

  /**
   * @param start starts the child
   * @param onEnd called when the child ended without being asked to
   */
  constructor(start: () => Child, onEnd: (outcome: number | string) => void) {
    this.#start = start;
    this.#onEnd = onEnd;
  }

  /**
   * Ends the child that runs, if any, and starts a new one. Calls are carried out one after the
   * other.
   */
  restart(): Promise<void> {
    return this.#next(async () => {
      await this.#end();
      if (!this.#isStopped) this.#launch();
    });
  }

  /** Ends the child for good. */
  stop(): Promise<void> {
    this.#isStopped = true;
    return this.#next(() => this.#end());
  }

  #next(task: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(task);
    return this.#turn;
  }

  async #end(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    await child?.stop();
  }

  #launch(): void {
    const child = this.#start();
    this.#child = child;
    void child.ended.then((outcome) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#onEnd(outcome);
    });
  }
}
