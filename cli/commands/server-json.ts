// mcp-host server-json: the server.json of one server, as the official registry takes it. It is the document that the
// registry of the host has.

import { readEnvironment } from '../../config/env.ts';
import { appVersionOf } from '../../config/installed-package.ts';
import { loadConfig } from '../../config/load.ts';
import { readLocks } from '../../config/lock-file.ts';
import type { ServersConfig } from '../../config/schema.ts';
import { exactVersion, serverJson } from '../../runtime/exchange/server-json.ts';
import { deployedAddress, readPublicUrl } from '../address.ts';
import { findServer } from '../find-server.ts';
import type { Terminal } from '../terminal.ts';
import { readArgument, UsageError } from '../usage.ts';

/** As the schema has it; the name of a server behind it has 56 characters at most, of 200 in all. */
const NAMESPACE = /^[a-zA-Z0-9.-]{1,140}$/;

/** Shown by `--help`. */
export const help = `mcp-host server-json <server> --url URL | --azd [--namespace NAME] [--version VERSION]

Prints the server.json of a server: the file that describes it in a registry of MCP servers. Nothing
is started.

  --url       the address of the app or the gateway: scheme and host
  --azd       the address of the current azd environment: API Management, or the app
  --namespace the part of the name before the slash, for example io.github.your-name. The official
              registry accepts only names that you own. Default: the host name of the address with
              its parts in reverse order
  --version   the version (default: the one in servers.lock.json, otherwise that of package.json)`;

/** Returns the exit code. */
export function run(args: readonly string[], terminal: Terminal): number {
  const { argument, options } = readArgument(
    args,
    {
      url: { type: 'string' },
      azd: { type: 'boolean' },
      namespace: { type: 'string' },
      version: { type: 'string' },
    },
    'the name of a server',
  );
  const { url, azd = false, namespace } = options;
  if ((url === undefined) === !azd) {
    throw new UsageError('the address of the host is needed: --url URL, or --azd');
  }
  if (namespace !== undefined && !NAMESPACE.test(namespace)) {
    throw new UsageError(
      `--namespace: expected letters, digits, dots and hyphens (1 to 140), got ${JSON.stringify(namespace)}`,
    );
  }
  const config = loadConfig(readEnvironment().serversFile);
  const server = findServer(config, argument);
  const version = readVersion(options.version) ?? knownVersion(config, argument);
  const baseUrl = url === undefined ? deployedAddress().baseUrl : readPublicUrl(url);
  const place = { url: baseUrl + server.path, version, namespace };
  terminal.print(JSON.stringify(serverJson(server, place), null, 2));
  return 0;
}

function readVersion(version: string | undefined): string | undefined {
  if (version === undefined || exactVersion(version) === version) return version;
  throw new UsageError(
    `--version: expected a version such as 1.2.0, got ${JSON.stringify(version)}`,
  );
}

function knownVersion(config: ServersConfig, name: string): string {
  const lock = readLocks(config).get(name);
  const locked = lock?.isStale ? undefined : lock?.server.serverInfo.version;
  return exactVersion(locked, appVersionOf(config.directory));
}
