// Finds a server of servers.yaml by name, or suggests the nearest name.

import type { ServerConfig, ServersConfig } from '../config/schema.ts';
import { hasPath } from '../config/server-path.ts';
import { nearestWord } from '../config/spelling.ts';
import { UsageError } from './usage.ts';

const NAMES_SHOWN = 20;

/** @throws UsageError for an unknown server, Error if it cannot be called */
export function findServer({ servers }: ServersConfig, name: string): ServerConfig {
  const server = servers.find((known) => known.name === name);
  if (server === undefined) {
    const names = servers.map((known) => known.name);
    throw unknownName('server', name, names);
  }
  if (!server.enabled)
    throw new Error(`${name} is disabled in servers.yaml. Fix: npx --no mcp-host enable ${name}`);
  if (!hasPath(server))
    throw new Error(
      `${name} has no path of its own (path: none), because it is only a member of a combination. Fix: name the combination`,
    );
  return server;
}

/** @param what "server", "tool" */
export function unknownName(what: string, name: string, known: readonly string[]): UsageError {
  const nearest = nearestWord(name, known);
  const shown = known.slice(0, NAMES_SHOWN).join(', ');
  const expected = known.length > NAMES_SHOWN ? `${shown} and others` : shown || 'none';
  const hint = nearest === undefined ? `: expected ${expected}` : `, did you mean "${nearest}"?`;
  return new UsageError(`unknown ${what} ${JSON.stringify(name)}${hint}`);
}
