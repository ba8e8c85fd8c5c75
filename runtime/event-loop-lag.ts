// How long the event loop was blocked of late: a timer that notices when it comes too late.

const INTERVAL_MS = 500;
/** A block counts until this long after it ended. */
const MEMORY_MS = 5_000;

export interface EventLoopLag {
  /** The longest delay of the last 5 seconds, milliseconds. */
  recentMs(): number;
  stop(): void;
}

export function eventLoopLag(): EventLoopLag {
  let expected = performance.now() + INTERVAL_MS;
  let worst = { lagMs: 0, at: 0 };
  const tick = (): void => {
    const now = performance.now();
    const lagMs = now - expected;
    if (lagMs >= worst.lagMs || now - worst.at > MEMORY_MS) worst = { lagMs, at: now };
    expected = now + INTERVAL_MS;
  };
  const timer = setInterval(tick, INTERVAL_MS).unref();
  return {
    recentMs: () => (performance.now() - worst.at > MEMORY_MS ? 0 : worst.lagMs),
    stop: () => clearInterval(timer),
  };
}
