// Waits for what becomes true at some time: with a limit that a busy machine keeps, too.

import { vi } from 'vitest';

const LIMIT_MS = 20_000;

/** Calls `check` until it no longer throws. @throws what it threw last, after 20 s. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: LIMIT_MS, interval: 20 });
}
