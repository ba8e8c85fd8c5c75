// Watches from one thread whether the event loop of another thread is running.

import { setInterval } from 'node:timers';
import { inspector } from './inspector.ts';

const MAX_BEAT_MS = 500;
const inspectorUrl = inspector?.url;

export interface WatchedHeart {
  /** How often the loop has turned so far. */
  readonly beats: () => number;
  /** How long it may be blocked. */
  readonly blockedTimeoutMs: number;
  /** Whether somebody debugs the process: then threads are stopped for as long as he likes. */
  readonly isDebugged: () => boolean;
  /** Called once, when the loop has not turned for `blockedTimeoutMs`. */
  readonly onBlocked: () => void;
}

/** How often a thread beats that may be blocked for `blockedTimeoutMs`. */
export function beatOf(blockedTimeoutMs: number): number {
  return Math.max(1, Math.min(MAX_BEAT_MS, Math.floor(blockedTimeoutMs / 10)));
}

/** Only the main thread knows: in other threads, Node returns no address. */
export function isInspectorOpen(): boolean {
  return inspectorUrl?.() !== undefined;
}

/** @returns ends the watch. */
export function watchHeart({
  beats,
  blockedTimeoutMs,
  isDebugged,
  onBlocked,
}: WatchedHeart): () => void {
  const beatMs = beatOf(blockedTimeoutMs);
  let seen = beats();
  let silentMs = 0;
  let lookedAt = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const beatsNow = beats();
    // Counted in checks: while this process is stopped or busy itself, no other thread is to blame.
    silentMs = beatsNow === seen ? silentMs + Math.min(now - lookedAt, 2 * beatMs) : 0;
    seen = beatsNow;
    lookedAt = now;
    if (silentMs < blockedTimeoutMs || isDebugged()) return;
    clearInterval(timer);
    onBlocked();
  }, beatMs).unref();
  return () => clearInterval(timer);
}
