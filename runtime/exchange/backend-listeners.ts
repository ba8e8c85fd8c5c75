// The listeners of a backend.

import type { BackendEvent, BackendListener } from './backend.ts';

export class BackendListeners {
  readonly #listeners = new Set<BackendListener>();

  /** @returns a function that ends the subscription. */
  subscribe(listener: BackendListener): () => void {
    // Wrapped, so that one function may subscribe twice.
    const own: BackendListener = (event) => listener(event);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  emit(event: BackendEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
