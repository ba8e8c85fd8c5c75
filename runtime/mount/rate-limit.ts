// The rate limit of a server, per caller, by @fastify/rate-limit.

import plugin, { type RateLimitOptions } from '@fastify/rate-limit';
import type { FastifyInstance, onRequestAsyncHookHandler } from 'fastify';
import type { Environment } from '../../config/env.ts';
import type { ServerConfig } from '../../config/schema.ts';
import { HostError } from '../exchange/refusals.ts';
import { CallCounts } from './call-counts.ts';
import { callerKey } from './caller.ts';

const NO_HEADERS = {
  'x-ratelimit-limit': false,
  'x-ratelimit-remaining': false,
  'x-ratelimit-reset': false,
};

/** Must be registered before the routes; limits only those that ask for it. */
export async function registerRateLimit(
  app: FastifyInstance,
  servers: readonly ServerConfig[],
): Promise<void> {
  if (!servers.some(({ rateLimit }) => rateLimit)) return;
  await app.register(plugin, {
    global: false,
    store: CallCounts,
    // They count the calls of all who share a key; a client that is refused reads `Retry-After`.
    addHeadersOnExceeding: NO_HEADERS,
    addHeaders: { ...NO_HEADERS, 'retry-after': true },
    errorResponseBuilder: (_request, { ttl }) =>
      new HostError('rate-limited', { retryAfterSeconds: Math.ceil(ttl / 1000) }),
  });
}

/**
 * The hook for `rateLimit {max, windowSeconds}`; none when the server has no limit. One hook has
 * one count: both spellings of the path must share it, since a route's own configuration would
 * count each apart.
 */
export function rateLimitHooks(
  app: FastifyInstance,
  server: ServerConfig,
  environment: Environment,
): onRequestAsyncHookHandler[] {
  if (!server.rateLimit) return [];
  const options: RateLimitOptions = {
    max: server.rateLimit.max,
    timeWindow: server.rateLimit.windowSeconds * 1000,
    keyGenerator: (request) => callerKey(request, server, environment),
  };
  return [app.rateLimit(options)];
}
