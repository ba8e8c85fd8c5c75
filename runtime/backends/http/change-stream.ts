// Listens to what a server says of its own accord, and listens again when the stream ends.

import { setTimeout as pause } from 'node:timers/promises';
import { HostError } from '../../exchange/refusals.ts';
import { withAnySignal } from '../any-signal.ts';
import type { Speaker } from './speaker.ts';

const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 60_000;

/**
 * Returns when `signal` aborts, or when the server offers no stream. Never throws.
 * @param onMissed called before each further stream, because changes in between were missed.
 */
export async function followChanges(
  speaker: Speaker,
  onMissed: () => void,
  signal: AbortSignal,
): Promise<void> {
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    const since = performance.now();
    try {
      await withAnySignal([signal], (once) => speaker.listen(once));
    } catch (error) {
      if (error instanceof HostError && error.reason === 'upstream-invalid') return;
    }
    const lastedMs = performance.now() - since;
    pauseMs = lastedMs > MAX_PAUSE_MS ? FIRST_PAUSE_MS : Math.min(2 * pauseMs, MAX_PAUSE_MS);
    await pause(pauseMs, undefined, { signal, ref: false }).catch(() => {});
    if (!signal.aborted) onMissed();
  }
}
