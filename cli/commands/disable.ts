// mcp-host disable: a server stays in servers.yaml, and is neither loaded nor deployed.

import { switchHelp, switchServer } from '../switch-server.ts';
import type { Terminal } from '../terminal.ts';

/** Shown by `--help`. */
export const help = switchHelp(false);

/** Returns the exit code. */
export function run(args: readonly string[], terminal: Terminal): number {
  return switchServer(args, false, terminal);
}
