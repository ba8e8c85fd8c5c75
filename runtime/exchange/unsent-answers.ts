// Answers that clients have not read yet. It closes connections that read too slowly: the idle
// limit of a socket covers only silence. One timer serves all answers.

/** From its start an answer has this long without a limit. */
const GRACE_MS = 30_000;
/** Then it must have moved enough in each window. */
const WINDOW_MS = 30_000;
const MIN_BYTES_PER_SECOND = 16_384;
/** How often progress is looked at. */
const LOOK_MS = 2_000;

export interface UnsentAnswer {
  /** Where it counts. */
  readonly share: object;
  /** Bytes that have left this process so far. */
  readonly movedBytes: number;
  /** Whether it is its turn on the connection. */
  readonly isInTurn: boolean;
  /** Closes the connection. Gives back what it holds before it returns. */
  giveUp(): void;
}

interface Progress {
  /** Where the window that is measured now began, `performance.now()`. */
  windowStart: number;
  /** Bytes that had moved then. */
  windowBytes: number;
  /** Bytes that had moved when it was last looked at; undefined until it was. */
  lookBytes: number | undefined;
  /** Whether it hardly moved between the last two looks. */
  isSlow: boolean;
}

export class UnsentAnswers {
  readonly #all = new Map<UnsentAnswer, Progress>();
  #timer: NodeJS.Timeout | undefined;

  /** Without effect for one that is watched already. */
  add(answer: UnsentAnswer): void {
    if (this.#all.has(answer)) return;
    this.#all.set(answer, {
      windowStart: performance.now() + GRACE_MS,
      windowBytes: 0,
      lookBytes: undefined,
      isSlow: false,
    });
    this.#timer ??= this.#wait();
  }

  delete(answer: UnsentAnswer): void {
    this.#all.delete(answer);
  }

  /** Those that moved less than the limit when they were last looked at. */
  slowest(): UnsentAnswer[] {
    return [...this.#all].filter(([, { isSlow }]) => isSlow).map(([answer]) => answer);
  }

  #wait(): NodeJS.Timeout {
    // Its answers have connections, which keep the process alive.
    return setTimeout(() => this.#look(), LOOK_MS).unref();
  }

  #look(): void {
    const now = performance.now();
    for (const [answer, progress] of [...this.#all]) {
      if (isTooSlow(answer, progress, now)) answer.giveUp();
    }
    this.#timer = this.#all.size > 0 ? this.#wait() : undefined;
  }
}

function isTooSlow(answer: UnsentAnswer, progress: Progress, now: number): boolean {
  const moved = answer.movedBytes;
  const { lookBytes } = progress;
  progress.isSlow = lookBytes !== undefined && moved - lookBytes < bytesIn(LOOK_MS);
  progress.lookBytes = moved;
  // One that waits behind another answer of its connection cannot move yet.
  if (!answer.isInTurn) progress.windowStart = now + GRACE_MS;
  const windowMs = now - progress.windowStart;
  if (windowMs >= 0 && windowMs < WINDOW_MS) return false;
  const isTooSlow = windowMs > 0 && moved - progress.windowBytes < bytesIn(windowMs);
  if (windowMs > 0) progress.windowStart = now;
  progress.windowBytes = moved;
  return isTooSlow;
}

function bytesIn(ms: number): number {
  return (MIN_BYTES_PER_SECOND * ms) / 1_000;
}
