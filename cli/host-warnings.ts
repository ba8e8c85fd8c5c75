// Values of `host` in servers.yaml that may not be what their author means.

import type { Diagnostic } from '../config/diagnostics.ts';
import { placeProblemsIn } from '../config/locate.ts';
import type { ServersConfig } from '../config/schema.ts';
import { isListed } from '../runtime/exchange/server-json.ts';

/** A burst of requests, or servers that load on a busy machine, may block the event loop so long. */
const SAFE_BLOCKED_TIMEOUT_MS = 3_000;

export function findHostWarnings(config: ServersConfig): Diagnostic[] {
  return [...findPublishedNames(config), ...findShortBlockedTimeout(config)];
}

/** One warning: who asks for a registry may mean all servers. A `registry` in an entry says so. */
function findPublishedNames({ file, host, servers }: ServersConfig): Diagnostic[] {
  const key = host.registry ? 'registry' : 'serverCards';
  if (!host[key]) return [];
  const names = servers
    .filter((server) => isListed(server) && server.registry === undefined)
    .filter(({ auth }) => auth !== 'anonymous')
    .map(({ name }) => name);
  if (names.length === 0) return [];
  return [
    placeProblemsIn(file)(['host', key], {
      expected: 'that everybody may know the names and descriptions of all servers',
      got: `true, which also publishes those of servers that require a key or a token (${names.join(', ')})`,
      fix: 'in the entry of each of these servers, write "registry: false" to leave it out, or "registry: true" if everybody may know it',
    }),
  ];
}

/** Not refused: with one small server it may be right. */
function findShortBlockedTimeout({
  file,
  host: { blockedTimeoutMs },
}: ServersConfig): Diagnostic[] {
  if (blockedTimeoutMs >= SAFE_BLOCKED_TIMEOUT_MS) return [];
  return [
    placeProblemsIn(file)(['host', 'blockedTimeoutMs'], {
      expected: `at least ${SAFE_BLOCKED_TIMEOUT_MS} milliseconds`,
      got: `${blockedTimeoutMs}; a burst of requests, or a server that loads on a busy machine, can block the event loop for so long, and the host then ends a process that is healthy`,
      fix: `write ${SAFE_BLOCKED_TIMEOUT_MS} or more, or delete the key for 30000`,
    }),
  ];
}
