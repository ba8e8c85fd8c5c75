// Signals that ask the process to end. They are taken before the port is open, so that none ends a
// process that holds a request; who answers them is loaded later.

export const END_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

export type EndSignal = (typeof END_SIGNALS)[number];

export class EndSignals {
  readonly #early: EndSignal[] = [];
  #listener: ((signal: EndSignal) => void) | undefined;

  constructor() {
    for (const signal of END_SIGNALS) {
      process.on(signal, () => {
        if (this.#listener) this.#listener(signal);
        else this.#early.push(signal);
      });
    }
  }

  /** @param listener is also called for the signals that came before it. */
  listen(listener: (signal: EndSignal) => void): void {
    this.#listener = listener;
    for (const signal of this.#early) listener(signal);
  }
}
