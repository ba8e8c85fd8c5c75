// The listeners of a backend.

import type { BackendListener } from './backend.ts';

export class BackendListeners {
  readonly #listeners = new Set<BackendListener>();

  /** @returns a function that ends the subscription. */
  subscribe(listener: BackendListener): () => void {
    // Wrapped, so that one function may subscribe twice.
    const own: BackendListener = (event, mayHear) => listener(event, mayHear);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  emit: BackendListener = (event, mayHear) => {
    for (const listener of this.#listeners) listener(event, mayHear);
  };
}
