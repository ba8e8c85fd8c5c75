// Keeps a server that fails again and again from being tried by each request: many failures in a
// short time refuse all requests for a while.

import type { UnavailabilityWord } from '../exchange/unavailability.ts';

const MAX_FAILURES = 5;
/** Failures count for this long. */
const WINDOW_MS = 300_000;
const PAUSE_MS = 60_000;

/** What a server is unavailable for while its circuit is open. */
export interface OpenCircuit {
  readonly word: UnavailabilityWord;
  /** When requests pass again, `performance.now()`. */
  readonly retryAt: number;
}

export class Circuit {
  readonly #word: UnavailabilityWord;
  readonly #onChange: () => void;
  #failedAt: number[] = [];
  #open: OpenCircuit | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param onChange called when the circuit has opened or closed. */
  constructor(word: UnavailabilityWord, onChange: () => void) {
    this.#word = word;
    this.#onChange = onChange;
  }

  /** Present while requests are refused. */
  get open(): OpenCircuit | undefined {
    return this.#open;
  }

  /** Counts one failure. The first one after a pause opens the circuit again if the others are still fresh. */
  failed(): void {
    const now = performance.now();
    this.#failedAt = [...this.#failedAt.filter((at) => at > now - WINDOW_MS), now];
    if (this.#open || this.#failedAt.length < MAX_FAILURES) return;
    this.#open = { word: this.#word, retryAt: now + PAUSE_MS };
    this.#timer = setTimeout(() => this.#close(), PAUSE_MS).unref();
    this.#onChange();
  }

  /** Forgets the failures so far: the server works. */
  succeeded(): void {
    if (this.#failedAt.length > 0) this.#failedAt = [];
    if (this.#open) this.#close();
  }

  /** Ends its timer; it never changes after this. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#open = undefined;
    this.#onChange();
  }
}
