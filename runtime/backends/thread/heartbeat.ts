// Watches whether the event loop of a thread turns.

import { url as inspectorUrl } from 'node:inspector';

const MAX_BEAT_MS = 500;

/** How often a thread beats that may stand still for `blockedTimeoutMs`. */
export function beatOf(blockedTimeoutMs: number): number {
  return Math.max(1, Math.min(MAX_BEAT_MS, Math.floor(blockedTimeoutMs / 10)));
}

/**
 * @param beats how often the loop has turned so far.
 * @param onBlocked called once, when it has not for `blockedTimeoutMs`.
 * @returns ends the watch.
 */
export function watchHeart(
  beats: () => number,
  blockedTimeoutMs: number,
  onBlocked: () => void,
): () => void {
  const beatMs = beatOf(blockedTimeoutMs);
  let seen = beats();
  let silentMs = 0;
  let lookedAt = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const beatsNow = beats();
    // Counted in looks: while this process is stopped or busy itself, nobody else is to blame.
    silentMs = beatsNow === seen ? silentMs + Math.min(now - lookedAt, 2 * beatMs) : 0;
    seen = beatsNow;
    lookedAt = now;
    // Who debugs stops threads as long as he likes.
    if (silentMs < blockedTimeoutMs || inspectorUrl() !== undefined) return;
    clearInterval(timer);
    onBlocked();
  }, beatMs).unref();
  return () => clearInterval(timer);
}
