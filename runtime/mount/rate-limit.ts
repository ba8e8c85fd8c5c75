// The rate limit of a server: calls per caller in windows of a fixed length.

import type { onRequestHookHandler } from 'fastify';
import { LruMap } from 'toad-cache';
import type { Environment } from '../../config/env.ts';
import type { ServerConfig } from '../../config/schema.ts';
import { HostError } from '../exchange/refusals.ts';
import { callerKey } from './caller.ts';
import { checkHook } from './check-hook.ts';

/** Callers remembered per server; the least recently seen is forgotten first, so memory stays bounded. */
const MAX_CALLERS = 10_000;

/** The calls of one caller. */
interface Window {
  /** `performance.now()` when it ends. */
  readonly endsAt: number;
  calls: number;
}

/**
 * The hook for `rateLimit {max, windowSeconds}`; none when the server has no limit. One hook has one count, so both
 * spellings of the path share it. No promises: performance.md.
 */
export function rateLimitHooks(
  server: ServerConfig,
  environment: Environment,
): onRequestHookHandler[] {
  if (!server.rateLimit) return [];
  const { max, windowSeconds } = server.rateLimit;
  const windows = new LruMap<Window>(MAX_CALLERS);
  return [
    checkHook((request) => {
      const key = callerKey(request, server, environment);
      const now = performance.now();
      let window = windows.get(key);
      if (!window || window.endsAt <= now) {
        window = { endsAt: now + windowSeconds * 1000, calls: 0 };
        windows.set(key, window);
      }
      window.calls += 1;
      if (window.calls <= max) return;
      const retryAfterSeconds = Math.ceil((window.endsAt - now) / 1000);
      throw new HostError('rate-limited', { retryAfterSeconds });
    }),
  ];
}
