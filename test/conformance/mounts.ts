// The mounts under test: the rows of the fixtures' servers.yaml, so that a new row is tested
// without more.

import { loadConfig } from '../../config/load.ts';
import type { ServerConfig } from '../../config/schema.ts';
import { hasPath } from '../../config/server-path.ts';
import type { Mount } from './results.ts';

/** Seen from the repository. */
export const SERVERS_FILE = 'test/fixtures/servers/conformance.yaml';

export function readMounts(): Mount[] {
  const { servers } = loadConfig(SERVERS_FILE);
  return servers.filter(hasPath).map((server) => ({
    name: server.name,
    path: server.path,
    sdk: sdkOf(server, servers),
    instance: instanceOf(server),
  }));
}

/** That of the members, which are all on one. */
function sdkOf(server: ServerConfig, servers: readonly ServerConfig[]): string {
  if (server.kind === 'module') return /-(v\d)\.mjs$/.exec(server.module)?.[1] ?? '?';
  const [first] = server.kind === 'combine' ? Object.keys(server.combine) : [];
  const member = servers.find(({ name }) => name === first);
  return member ? sdkOf(member, servers) : '?';
}

function instanceOf(server: ServerConfig): string {
  const { kind, instance, replay } = server;
  const words = [kind === 'combine' ? 'combined' : instance];
  if (replay) words.push('replay');
  if (kind === 'module' && server.isolation === 'thread') words.push('thread');
  return words.join(', ');
}
