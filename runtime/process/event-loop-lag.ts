// How long the event loop was blocked recently, from the histograms of Node.

import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

/** How often Node looks; a delay includes it. */
const RESOLUTION_MS = 50;
/** A block counts until this long after it ended, and at most twice as long. */
const MEMORY_MS = 5_000;
const NANOSECONDS_PER_MS = 1e6;

export interface EventLoopLag {
  /** The longest delay of the last 5 to 10 seconds, milliseconds. */
  recentMs(): number;
  stop(): void;
}

export function eventLoopLag(): EventLoopLag {
  // Two that overlap: one alone misses what blocks it in its first moments.
  let older = started();
  let newer = started();
  const timer = setInterval(() => {
    older.disable();
    [older, newer] = [newer, started()];
  }, MEMORY_MS).unref();
  return {
    recentMs: () =>
      Math.max(0, Math.max(older.max, newer.max) / NANOSECONDS_PER_MS - RESOLUTION_MS),
    stop() {
      clearInterval(timer);
      older.disable();
      newer.disable();
    },
  };
}

function started(): IntervalHistogram {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return histogram;
}
