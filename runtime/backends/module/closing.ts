// Closes servers in the background: no call waits for it, and a failure affects no one.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { atMost } from '../../exchange/at-most.ts';
import type { SdkServer } from './sdk-server.ts';

export class Closing {
  readonly #onFailed: (error: unknown) => void;
  readonly #pending = new Set<Promise<void>>();

  /** @param onFailed called with a server that could not be closed. */
  constructor(onFailed: (error: unknown) => void) {
    this.#onFailed = onFailed;
  }

  /** Begins to close a server; never throws. */
  begin(server: SdkServer): void {
    this.#follow(server.close());
  }

  /**
   * Closes the server of a call in the next turn, when the SDK is done with its request: one that
   * it still counts as running it aborts, which costs more than the rest. Never throws.
   */
  beginAfterCall(server: SdkServer): void {
    this.#follow(nextTurn().then(() => server.close()));
  }

  #follow(close: Promise<void>): void {
    const closing = close.catch(this.#onFailed).finally(() => this.#pending.delete(closing));
    this.#pending.add(closing);
  }

  /** Resolves when all that was begun is closed. */
  async finish(): Promise<void> {
    await Promise.all(this.#pending);
  }
}

/** Time for a server to close; one that does not end must not keep the process. */
const CLOSE_LIMIT_MS = 300;

/** Never takes longer, whatever a server does at its end. */
export function closeInTime(close: () => Promise<unknown>): Promise<void> {
  return atMost(CLOSE_LIMIT_MS, close());
}
