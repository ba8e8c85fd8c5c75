// mcp-host uninstall: the entries of this project leave the files of clients, and nothing else does.

import type { Terminal } from '../terminal.ts';
import { runWay } from './install.ts';

/** Shown by `--help`. */
export const help = `mcp-host uninstall [--client NAME|all] [server ...]
                   [--azd | --url URL | --target local|func|remote|apim ...] [options]

Removes entries from the configuration file of a client: those whose name and address are both what
"mcp-host install" writes with the same options. Everything else in the file stays. A file that is
as "install" created it, and then holds nothing else, is deleted. If you name no server, it also
removes entries of servers that are no longer in servers.yaml.

  --client   as in mcp-host help install; all: every client that is found on this machine
  --azd, --url, --target, --project   as in mcp-host help install
  --yes      ask nothing
  --json     print { "ok", "clients" } for programs, and ask nothing`;

/** Returns the exit code. */
export function run(args: readonly string[], terminal: Terminal): Promise<number> {
  return runWay('uninstall', args, {}, terminal);
}
