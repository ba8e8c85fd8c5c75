// mcp-host add: a folder, a package, a program or an address becomes an entry of servers.yaml that is
// known to work, or nothing is changed.

import { readEnvironment } from '../../config/env.ts';
import { Adding } from '../add/adding.ts';
import { readRequest } from '../add/request.ts';
import { remarkCancelled } from '../add/restore-point.ts';
import { interruptible } from '../interruption.ts';
import type { Terminal } from '../terminal.ts';

/** Shown by `--help`. */
export const help = `mcp-host add <what> [options]
mcp-host add [options] -- <program> [<argument> ...]

Adds a server to servers.yaml (or to the file that MCP_SERVERS_FILE names), starts it once, and lists
its tools. No other line of the file changes. <what> is one of:

  ./servers/hello        a folder or a .ts, .js or .mjs file that exports a factory
  some-mcp-server@1.2.3  an npm package: it is installed, and added as a module if it exports a
                         factory, else as a command; write arguments of the command after "--"
  https://host/mcp       a server that runs elsewhere
  -- python server.py    a program that speaks MCP over standard input and output

On a terminal, the command asks for what the options leave open. Without one, it never asks.

  --name NAME            the name of the entry; it becomes part of the address
  --path /PATH           where clients find it
  --auth HOW             who may call it: function, anonymous, entra or jwt
  --instance HOW         who shares it: shared, per-request or per-session
  --env NAME[=VALUE]     a variable of the server; NAME alone means \${NAME} (repeatable)
  --header NAME=VALUE    a header of each request to a URL (repeatable)
  --export NAME          the export of a module that is the factory
  --title TEXT, --description TEXT
  --bin NAME             which command of a package to use, if it has several
  --command PROGRAM      the program, with its arguments after "--"
  --yes                  do not ask
  --keep                 keep the entry even if the server does not start
  --dry-run              show what would be added, and change nothing
  --json                 print { "ok", "name", "path", "entry", "tools", "written" } for programs

If a step fails, the exit code is 1, and servers.yaml, servers.lock.json, package.json and
package-lock.json are unchanged.`;

/** Returns the exit code. */
export function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const request = readRequest(args);
  return interruptible(
    ({ signal }) => new Adding(request, readEnvironment(), terminal, signal).run(),
    remarkCancelled(terminal),
  );
}
