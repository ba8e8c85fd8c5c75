// What `enable` and `disable` do: they set `enabled` of one entry of servers.yaml.

import { readEnvironment } from '../config/env.ts';
import { noPlace, ServersChange } from './servers-change.ts';
import { refuseUnknown, setEnabled } from './servers-file.ts';
import type { Terminal } from './terminal.ts';
import { readArgument } from './usage.ts';

/** Shown by `--help`. */
export function switchHelp(enabled: boolean): string {
  const [name, meaning] = enabled
    ? ['enable', 'started, served and deployed']
    : ['disable', 'neither started nor served nor deployed'];
  return `mcp-host ${name} <name> [--dry-run]

Writes "enabled: ${enabled}" to a server of servers.yaml (or of the file that MCP_SERVERS_FILE names):
it is then ${meaning}. No other line changes.

  --dry-run  show the change, and change nothing`;
}

/** Returns the exit code. */
export function switchServer(
  args: readonly string[],
  enabled: boolean,
  terminal: Terminal,
): number {
  const { argument: name, options } = readArgument(
    args,
    { 'dry-run': { type: 'boolean' } },
    'the name of a server',
  );
  const { serversFile } = readEnvironment();
  const change = new ServersChange(serversFile);
  refuseUnknown(change.before, name, serversFile);
  const text =
    setEnabled(change.before, name, enabled) ??
    noPlace(`write it in servers.${name} yourself`, `    enabled: ${enabled}`);
  change.to(text);
  const word = enabled ? 'enabled' : 'disabled';
  if (text === change.before) {
    terminal.print(`${name} is already ${word}.`);
    return 0;
  }
  change.show(terminal);
  if (options['dry-run']) terminal.print('Nothing was changed (--dry-run).');
  else {
    change.write();
    terminal.print(`${enabled ? 'Enabled' : 'Disabled'} ${name}.`);
  }
  return 0;
}
