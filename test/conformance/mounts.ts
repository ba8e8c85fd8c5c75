// The mounts under test: the rows of the fixtures' servers.yaml, so that a new row is tested
// without more.

import { ERAS, type Era } from '../../cli/conformance/eras.ts';
import { loadConfig } from '../../config/load.ts';
import type { ServerConfig } from '../../config/schema.ts';
import { hasPath } from '../../config/server-path.ts';
import type { Mount } from './results.ts';

/** The SDK of the C# server, which not every machine can build. */
export const CSHARP = 'csharp';

/** Seen from the repository. */
export const SERVERS_FILE = 'test/fixtures/servers/conformance.yaml';

/** What the names of rows begin with. */
const NAMES = ['v1', 'v2', CSHARP] as const;

export function readMounts(): Mount[] {
  const { servers } = loadConfig(SERVERS_FILE);
  return servers.filter(hasPath).map((server) => ({
    name: server.name,
    path: server.path,
    sdk: sdkOf(server, servers),
    instance: instanceOf(server),
    eras: erasOf(server),
  }));
}

/** Of a combination that of its members, which are all on one. */
function sdkOf(server: ServerConfig, servers: readonly ServerConfig[]): string {
  // Other rows are named after what their server is written with.
  if (server.kind !== 'combine') return NAMES.find((sdk) => server.name.startsWith(sdk)) ?? '?';
  const first = Object.keys(server.combine)[0];
  const member = servers.find(({ name }) => name === first);
  return member ? sdkOf(member, servers) : '?';
}

/** What a program of the 2025 era makes of 2026-07-28 is seen where a program knows no other. */
function erasOf(server: ServerConfig): readonly Era[] {
  const isLegacy = (server.kind === 'command' || server.kind === 'url') && server.era === 'legacy';
  return isLegacy ? ['2025-11-25'] : ERAS;
}

function instanceOf(server: ServerConfig): string {
  const { kind, instance, replay } = server;
  const words = [kind === 'combine' ? 'combined' : instance];
  if (replay) words.push('replay');
  if (kind === 'module' && server.isolation === 'thread') words.push('thread');
  if (kind === 'command' || kind === 'url') words.push(kind);
  return words.join(', ');
}
