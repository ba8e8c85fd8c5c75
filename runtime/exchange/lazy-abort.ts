// An abort signal that is only made when a server asks for it: most never do, and making one costs more than the
// rest of an exchange.

export class LazyAbort {
  readonly #listeners: (() => void)[] = [];
  #controller: AbortController | undefined;
  #reason: Error | undefined;

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Calls `listener` when it aborts, at once when it has. */
  onAbort(listener: () => void): void {
    if (this.#reason) listener();
    else this.#listeners.push(listener);
  }

  throwIfAborted(): void {
    if (this.#reason) throw this.#reason;
  }

  abort(reason: Error): void {
    if (this.#reason) return;
    this.#reason = reason;
    for (const listener of this.#listeners) listener();
    this.#controller?.abort(reason);
  }
}
