// mcp-host enable: a server that is switched off in servers.yaml is served again.

import { switchHelp, switchServer } from '../switch-server.ts';
import type { Terminal } from '../terminal.ts';

/** Shown by `--help`. */
export const help = switchHelp(true);

/** Returns the exit code. */
export function run(args: readonly string[], terminal: Terminal): number {
  return switchServer(args, true, terminal);
}
