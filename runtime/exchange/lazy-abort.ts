// An abort signal that is only made when a server asks for it. Why lazy: performance.md.

export class LazyAbort {
  /** Tells all listeners. */
  #tell: (() => void) | undefined;
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
    if (this.#reason) {
      listener();
      return;
    }
    const tellOthers = this.#tell;
    this.#tell = tellOthers
      ? () => {
          tellOthers();
          listener();
        }
      : listener;
  }

  throwIfAborted(): void {
    if (this.#reason) throw this.#reason;
  }

  abort(reason: Error): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#tell?.();
    this.#controller?.abort(reason);
  }
}
