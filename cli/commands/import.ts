// mcp-host import: the servers of a client's file as entries of servers.yaml.

import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { readEnvironment } from '../../config/env.ts';
import { isObject, memberOf } from '../../config/json-value.ts';
import { parseConfig } from '../../config/load.ts';
import { readText } from '../../config/read-text.ts';
import { requiredNames } from '../../config/references.ts';
import { readYaml } from '../../config/yaml.ts';
import { type Import, importFile } from '../import/import-file.ts';
import type { ImportedServer } from '../import/report.ts';
import { readTarget, replaceTarget } from '../replace-file.ts';
import { addEntries, type Entries, isEmpty, toYaml } from '../servers-file.ts';
import { renderTable } from '../table.ts';
import { bold, printable, type Terminal } from '../terminal.ts';
import { readArgument } from '../usage.ts';

/** Shown by `--help`. */
export const help = `mcp-host import FILE [--write] [--json]

Converts the servers in a client's file to entries of servers.yaml. FILE is mcp.json, .mcp.json,
claude_desktop_config.json, ~/.claude.json, settings.json, config.toml, opencode.json or the like:
JSON with comments, or TOML, of Claude, VS Code, Cursor, Codex, Gemini CLI, opencode, Zed, Windsurf,
Cline and others.

Prints the entries to standard output. Prints to standard error what each entry became, what is
different, and why. Secrets are not copied: \${NAME} replaces them, and the variables that you must set
are listed.

  --write   add the entries to servers.yaml (or to the file that MCP_SERVERS_FILE names); what is
            there stays, and an entry of the same name is never replaced
  --json    print { "ok", "servers", "variables", "remarks", "written" } for programs; a server has
            from, name, entry (null when it was left out) and notes with what and fix

Exit code 1: a server was left out.`;

/** Returns the exit code. */
export function run(args: readonly string[], terminal: Terminal): number {
  const { argument, options } = readArgument(
    args,
    { write: { type: 'boolean' }, json: { type: 'boolean' } },
    "the path of a client's configuration file",
  );
  const { serversFile } = readEnvironment();
  const { servers: found, variables, remarks } = readServers(argument, serversFile);
  const { servers, isWritten } = options.write
    ? addTo(serversFile, found)
    : { servers: found, isWritten: false };
  const entries = entriesOf(servers);
  const isWhole = servers.every(({ entry }) => entry !== undefined);
  // What is left out needs no variables.
  const used = new Set(requiredNames(JSON.stringify(entries)));
  const outcome = { servers, variables: variables.filter(({ name }) => used.has(name)), remarks };
  if (options.json) {
    const shown = servers.map((server) => ({ ...server, entry: server.entry ?? null }));
    const report = { ...outcome, servers: shown, written: isWritten ? serversFile : null };
    terminal.print(JSON.stringify({ ok: isWhole, ...report }, null, 2));
    return isWhole ? 0 : 1;
  }
  const hasEntries = Object.keys(entries).length > 0;
  if (!options.write && hasEntries) terminal.print(toYaml(entries).trimEnd());
  tell(outcome, terminal);
  return isWhole ? 0 : 1;
}

/** @throws Error that names the file and says what is wrong with it */
function readServers(file: string, serversFile: string): Import {
  if (!existsSync(file)) {
    throw new Error(
      `${file}: expected a client's configuration file, but the file does not exist. Fix: check the path`,
    );
  }
  const path = resolve(file);
  const text = readText(path);
  try {
    return importFile(path, text, serversFile, dirname(resolve(serversFile)));
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

function entriesOf(servers: readonly ImportedServer[]): Entries {
  const pairs = servers.flatMap(({ name, entry }) => (entry === undefined ? [] : [[name, entry]]));
  return Object.fromEntries(pairs);
}

/**
 * @throws ConfigError when the file would not be good with the entries; it then stays as it is
 */
function addTo(file: string, found: readonly ImportedServer[]) {
  const target = readTarget(file);
  const { value } = readYaml(target.text);
  // Nothing can be added to what cannot be read; this says why.
  if (value === undefined && !isEmpty(target.text)) parseConfig(target.text, file);
  const existing = memberOf(value, 'servers');
  const servers = found.map((server) => withoutTaken(server, existing));
  const isNew = ({ name }: ImportedServer): boolean => memberOf(existing, name) === undefined;
  const added = entriesOf(servers.filter(isNew));
  const isWritten = Object.keys(added).length > 0;
  if (isWritten) {
    const text = addEntries(target.text, added);
    if (text === undefined) {
      throw new Error(
        'the entries cannot be merged into the file safely; nothing was changed. ' +
          'Fix: run this command without --write, and copy the printed entries into the file',
      );
    }
    parseConfig(text, file);
    replaceTarget(file, target, text);
  }
  return { servers, isWritten };
}

function withoutTaken(server: ImportedServer, existing: unknown): ImportedServer {
  const { entry, ...rest } = server;
  const there = isObject(existing) ? memberOf(existing, server.name) : undefined;
  if (entry === undefined || there === undefined || isDeepStrictEqual(there, entry)) return server;
  const note = {
    what: `servers.yaml already has a different entry ${server.name}, which was not changed`,
    fix: 'rename the server in the configuration file of the client, or delete that entry; then import again',
  };
  return { ...rest, notes: [...server.notes, note] };
}

function tell({ servers, variables, remarks }: Import, { remark }: Terminal): void {
  const rows = servers.map(({ from, name, entry, notes }) => {
    const count = notes.length === 1 ? '1 note' : `${notes.length} notes`;
    return [
      printable(from),
      entry === undefined ? 'left out' : name,
      notes.length === 0 ? '' : count,
    ];
  });
  for (const line of renderTable(['SERVER', 'ENTRY', 'NOTES'], rows, process.stderr.columns))
    remark(line);
  for (const { name, notes } of servers) {
    for (const { what, fix } of notes) remark(printable(`${name}: ${what}. Fix: ${fix}`));
  }
  for (const line of remarks) remark(printable(line));
  if (variables.length > 0)
    remark('Set these variables where the host runs (in Azure: azd env set NAME VALUE):');
  for (const { name, from } of variables) remark(`  ${bold(name)}  ${printable(from)}`);
  if (servers.some(({ entry }) => entry !== undefined)) {
    remark('Then run npx --no mcp-host check. It lists the packages to install.');
  }
}
