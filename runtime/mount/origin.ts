// Checks Host and Origin, and refuses what a browser sends after DNS rebinding or from another
// site.

import type { Environment } from '../../config/env.ts';
import { hostNameOf, LOOPBACK_NAMES } from '../../config/loopback.ts';
import type { HostConfig, ServerConfig } from '../../config/schema.ts';

/**
 * @returns a check of a `Host` value: loopback names, the app's name in Azure and configured names
 * pass, on any port. Behind the Functions host every request carries a loopback name; the check
 * matters for direct access.
 */
export function createHostCheck(
  host: HostConfig,
  environment: Environment,
): (value: string) => boolean {
  const publicUrl = environment.publicBaseUrl ?? host.publicUrl;
  const names = new Set(
    [
      ...LOOPBACK_NAMES,
      ...host.allowedHosts,
      ...(environment.websiteHostname ? [environment.websiteHostname] : []),
      ...(publicUrl ? [new URL(publicUrl).hostname] : []),
    ].map((name) => name.toLowerCase()),
  );
  return (value) => names.has(hostNameOf(value));
}

/**
 * @returns a check of an `Origin` value: the server's `allowedOrigins`, and loopback origins
 * outside Azure. `null` and a list of origins never pass.
 */
export function createOriginCheck(
  server: Pick<ServerConfig, 'allowedOrigins'>,
  environment: Environment,
): (origin: string) => boolean {
  const allowed = new Set(server.allowedOrigins);
  const allowsLoopback = environment.websiteHostname === undefined;
  return (origin) => allowed.has(origin) || (allowsLoopback && isLoopbackOrigin(origin));
}

/** CORS headers of every answer to an allowed origin (WHATWG Fetch, "HTTP responses"). */
export function corsHeaders(origin: string): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers':
      'WWW-Authenticate, Mcp-Session-Id, Mcp-Protocol-Version, Retry-After',
    vary: 'Origin',
  };
}

/**
 * What a preflight learns; `*` does not cover Authorization (WHATWG Fetch, "CORS-preflight fetch").
 */
export const PREFLIGHT_HEADERS: Readonly<Record<string, string>> = {
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': '*, Authorization',
  'access-control-max-age': '300',
};

/**
 * How often a header came; of some, Node keeps the first of several silently. @param name in lower
 * case.
 */
export function countHeader(rawHeaders: readonly string[], name: string): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const written = rawHeaders[at] as string;
    if (written.length === name.length && written.toLowerCase() === name) count += 1;
  }
  return count;
}

function isLoopbackOrigin(origin: string): boolean {
  return /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i.test(origin);
}
