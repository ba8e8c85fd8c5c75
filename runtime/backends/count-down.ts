// A time limit for one of several that share the event loop.

const STEP_MS = 50;

/**
 * Calls `onEnd` after `limitMs` in which the event loop turned: while one module computes, all
 * others are blocked, and that must not count against them.
 * @returns a function that ends the count before.
 */
export function countDown(limitMs: number, onEnd: () => void): () => void {
  let leftMs = limitMs;
  let lastAt = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    leftMs -= Math.min(now - lastAt, 2 * STEP_MS);
    lastAt = now;
    if (leftMs <= 0) onEnd();
  }, STEP_MS);
  return () => clearInterval(timer);
}

/**
 * Opens something within a limit that {@link countDown} counts.
 * @param open gets a signal that aborts at the limit; what it opens after that is closed.
 * @throws what `open` throws, or what `tooLate` returns.
 */
export async function openInTime<T extends { close(): Promise<void> }>(
  limitMs: number,
  open: (signal: AbortSignal) => Promise<T>,
  tooLate: () => Error,
): Promise<T> {
  const abort = new AbortController();
  let stop = (): void => {};
  const limit = new Promise<never>((_, reject) => {
    stop = countDown(limitMs, () => {
      abort.abort();
      reject(tooLate());
    });
  });
  const opening = open(abort.signal);
  try {
    return await Promise.race([opening, limit]);
  } catch (error) {
    // What comes too late is not used, so nothing of it may stay.
    opening.then((late) => late.close()).catch(() => {});
    throw error;
  } finally {
    stop();
  }
}
