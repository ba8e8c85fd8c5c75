// What `mcp-host check` finds in servers.lock.json: settings that name no tool, and locks that do
// not match the current entry. It starts nothing.

import { existsSync } from 'node:fs';
import { ConfigError, type Diagnostic, inFileOrder } from '../../config/diagnostics.ts';
import type { Environment } from '../../config/env.ts';
import type { Problem } from '../../config/formats.ts';
import { placeProblemsIn } from '../../config/locate.ts';
import {
  hashesOf,
  isOutside,
  type Lock,
  type OutsideServer,
  readLocks,
} from '../../config/lock-file.ts';
import { lockFileOf } from '../../config/lock-place.ts';
import type { ServersConfig } from '../../config/schema.ts';
import { canonicalJson } from '../../config/tool-hash.ts';
import type { ValuePath } from '../../config/yaml.ts';
import { unmatchedSettings } from '../../runtime/exchange/layers/tool-settings.ts';
import { installedPackage } from './read-server.ts';

export interface LockFindings {
  readonly problems: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
}

interface Placed extends Problem {
  /** Below the entry. */
  readonly path: ValuePath;
}

const RELOCK = 'run: npx --no mcp-host lock';

export function checkLock(config: ServersConfig, environment: Environment): LockFindings {
  const servers = config.servers.filter(isOutside).filter(({ enabled }) => enabled);
  // Without a lock file everything works.
  if (servers.length === 0 || !existsSync(lockFileOf(config.file))) {
    return { problems: [], warnings: [] };
  }
  try {
    const locks = readLocks(config);
    const place = placeProblemsIn(config.file);
    const warnings = servers.flatMap((server) => {
      const lock = locks.get(server.name);
      const found = lock ? checkServer(server, lock, config, environment) : [missing()];
      return found.map(({ path, ...problem }) => place(['servers', server.name, ...path], problem));
    });
    return { problems: [], warnings: inFileOrder(warnings) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { problems: error.diagnostics, warnings: [] };
  }
}

function missing(): Placed {
  return {
    path: [],
    expected:
      'an entry in servers.lock.json, so that the host can list its tools without starting it',
    got: 'none',
    fix: RELOCK,
  };
}

function checkServer(
  server: OutsideServer,
  { server: locked, isStale }: Lock,
  { directory }: ServersConfig,
  environment: Environment,
): Placed[] {
  // The rest would be about a server that no longer exists.
  if (isStale) {
    return [
      {
        path: [],
        expected: 'the same entry as when servers.lock.json was written',
        got: 'a changed entry, so the host ignores what servers.lock.json says about it',
        fix: RELOCK,
      },
    ];
  }
  const { tools } = locked;
  const isEdited = canonicalJson(hashesOf(tools ?? [])) !== canonicalJson(locked.toolHashes);
  const unmatched = unmatchedSettings(
    server.tools,
    tools?.map(({ name }) => String(name)),
  );
  return [
    ...(isEdited
      ? [
          {
            path: [],
            expected: 'tools in servers.lock.json that match their hashes',
            got: 'tools that do not match; they were edited by hand',
            fix: RELOCK,
          },
        ]
      : []),
    ...otherVersion(server, locked.package, directory, environment),
    ...unmatched.map(({ path, name }) => ({
      path: ['tools', ...path],
      expected: 'the name of a tool in servers.lock.json, or a pattern that matches one',
      got: JSON.stringify(name),
      fix: `correct the name, or ${RELOCK}`,
    })),
  ];
}

function otherVersion(
  server: OutsideServer,
  locked: Lock['server']['package'],
  directory: string,
  environment: Environment,
): Placed[] {
  const installed = locked && installedPackage(server, directory, environment);
  if (!locked || !installed || installed.version === locked.version) return [];
  return [
    {
      path: ['args'],
      expected: `${locked.name} ${locked.version}, as in servers.lock.json`,
      got: `${installed.version} in node_modules`,
      fix: `review the changes of the package, and ${RELOCK}`,
    },
  ];
}
