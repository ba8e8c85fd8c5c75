// Keeps a server that fails repeatedly from being tried by each request: many failures in a
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

export interface Failure {
  /**
   * Asked before the circuit opens where a caller may be to blame: one of them must not shut out the
   * others. Never rejects.
   */
  readonly isBroken?: () => Promise<boolean>;
  /** How long requests are refused. Default: a minute. */
  readonly pauseMs?: number;
}

export class Circuit {
  readonly #word: UnavailabilityWord;
  readonly #onChange: () => void;
  #failedAt: number[] = [];
  #open: OpenCircuit | undefined;
  #timer: NodeJS.Timeout | undefined;
  #asking: Promise<void> | undefined;
  #isStopped = false;

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
  failed({ isBroken, pauseMs = PAUSE_MS }: Failure = {}): void {
    const now = performance.now();
    this.#failedAt = [...this.#failedAt.filter((at) => at > now - WINDOW_MS), now];
    if (this.#open || this.#failedAt.length < MAX_FAILURES) return;
    if (isBroken) this.#asking ??= this.#ask(isBroken, pauseMs);
    else this.#pause(pauseMs);
  }

  /** Forgets the failures so far: the server works. */
  succeeded(): void {
    if (this.#failedAt.length > 0) this.#failedAt = [];
    if (this.#open) this.#close();
  }

  /** Ends its timer; it never changes after this. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#isStopped = true;
  }

  async #ask(isBroken: () => Promise<boolean>, pauseMs: number): Promise<void> {
    const answer = await isBroken();
    this.#asking = undefined;
    if (this.#isStopped || this.#open) return;
    if (answer) this.#pause(pauseMs);
    else this.#failedAt = [];
  }

  #pause(ms: number): void {
    this.#open = { word: this.#word, retryAt: performance.now() + ms };
    this.#timer = setTimeout(() => this.#close(), ms).unref();
    this.#onChange();
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#open = undefined;
    this.#onChange();
  }
}
