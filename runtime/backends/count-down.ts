// A time limit for one of several that share the event loop.

const STEP_MS = 50;

/**
 * Calls `onEnd` after `limitMs` in which the event loop turned: while one module computes, all others stand still,
 * and that must not count against them.
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
