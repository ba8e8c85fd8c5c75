// The mounts under test: the rows of the fixtures' servers.yaml, so that a new row is tested
// without more.

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Mount } from './results.ts';

/** Seen from the repository. */
export const SERVERS_FILE = 'test/fixtures/servers/conformance.yaml';

interface ServersFile {
  readonly servers: Readonly<
    Record<
      string,
      {
        readonly module: string;
        readonly instance?: string;
        readonly replay?: boolean;
        readonly isolation?: string;
      }
    >
  >;
}

export function readMounts(): Mount[] {
  const { servers } = parse(readFileSync(SERVERS_FILE, 'utf8')) as ServersFile;
  return Object.entries(servers).map(
    ([name, { module, instance = 'per-request', replay, isolation }]) => ({
      name,
      path: `/${name}/mcp`,
      sdk: /-(v\d)\.mjs$/.exec(module)?.[1] ?? '?',
      instance: [instance, ...(replay ? ['replay'] : []), ...(isolation ? [isolation] : [])].join(
        ', ',
      ),
    }),
  );
}
