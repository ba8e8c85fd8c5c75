// Which callers can keep their own program between requests with `instance: per-session`.

import type { ServerConfig } from './schema.ts';

/**
 * @returns a sentence for `check` and /readyz where the host can tell no persons apart; undefined
 * elsewhere.
 */
export function ownProgramsNote(server: ServerConfig): string | undefined {
  if (server.kind !== 'command' || server.url !== undefined) return undefined;
  if (server.instance !== 'per-session') return undefined;
  if (server.auth !== 'function' && server.auth !== 'anonymous') return undefined;
  const why =
    server.auth === 'function' ? 'several people may use the same key' : 'callers do not sign in';
  return `the host starts a separate program for each request without a 2025-era session, because with "auth: ${server.auth}" ${why}`;
}
