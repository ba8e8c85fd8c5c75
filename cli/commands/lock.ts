// mcp-host lock: starts every `command` and `url` server once and records what it offers, so that
// people can review it and the host can list tools without starting servers.

import { type Environment, readEnvironment } from '../../config/env.ts';
import { loadConfig } from '../../config/load.ts';
import {
  isOutside,
  type LockedServer,
  type OutsideServer,
  readLockFile,
} from '../../config/lock-file.ts';
import { lockFileOf } from '../../config/lock-place.ts';
import type { ServersConfig } from '../../config/schema.ts';
import { areEqual, describeDifferences, differencesOf } from '../lock/differences.ts';
import { type Reading, readServer } from '../lock/read-server.ts';
import { writeLock } from '../lock/write-lock.ts';
import { Progress } from '../progress.ts';
import { renderTable } from '../table.ts';
import { green, printable, red, type Terminal } from '../terminal.ts';
import { readArguments, UsageError } from '../usage.ts';

/** Shown by `--help`. */
export const help = `mcp-host lock [--check] [--json] [<name> ...]

Starts every server with "command" or "url" once, or only those named, and writes what it offers to
servers.lock.json beside servers.yaml: era, handshake, tools, prompts, resources, a hash per tool
and the installed version of an npm package. Review the file and commit it. With this file, the host
lists the tools of these servers without starting them, and detects tools that change
(onToolsChanged).

If a server fails, the file keeps its earlier content for that server. If a server takes a key from
each caller, as in \${header:x-github-token}, set the variable X_GITHUB_TOKEN. Otherwise the server is
left out.

  --check  write nothing, and fail if something differs from the file (for pipelines)
  --json   print { "ok", "file", "written", "servers", "removed" }

Exit code 1: a server failed, or --check found a difference.`;

/** Each of them is a process that starts. */
const MAX_STARTS = 4;

interface Outcome {
  readonly name: string;
  readonly reading: Reading;
  readonly before: LockedServer | undefined;
}

/** Returns the exit code. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = readArguments(args, {
    check: { type: 'boolean' },
    json: { type: 'boolean' },
  });
  const { check = false, json = false } = values;
  const environment = readEnvironment();
  const config = loadConfig(environment.serversFile);
  const servers = chosen(config, positionals);
  const locked = readLockFile(config.file)?.servers ?? {};
  const file = lockFileOf(config.file);
  if (servers.length === 0 && Object.keys(locked).length === 0 && !json) {
    terminal.print('No server has "command" or "url", so there is nothing to lock.');
    return 0;
  }
  const outcomes = await readAll(servers, config, environment, locked, terminal);
  const removed = positionals.length > 0 ? [] : removedFrom(locked, config);
  const isChanged = removed.length > 0 || outcomes.some(differs);
  const isWritten = isChanged && !check;
  if (isWritten) writeLock(config.file, merged(locked, outcomes, removed));
  const hasFailed = outcomes.some(({ reading }) => reading.status === 'failed');
  const ok = !hasFailed && !(check && isChanged);
  if (json) {
    const report = { ok, file, written: isWritten, servers: outcomes.map(toJson), removed };
    terminal.print(JSON.stringify(report, null, 2));
    return ok ? 0 : 1;
  }
  printTable(outcomes, terminal);
  for (const name of removed) terminal.print(`${name}: it no longer has "command" or "url"`);
  conclude({ file, isChanged, isWritten, hasFailed, check }, terminal);
  return ok ? 0 : 1;
}

/** @throws UsageError for a name that is not the name of such a server. */
function chosen({ servers }: ServersConfig, names: readonly string[]): OutsideServer[] {
  const possible = servers.filter(isOutside).filter(({ enabled }) => enabled);
  const wrong = names.find((name) => !possible.some((server) => server.name === name));
  if (wrong !== undefined) {
    const known = possible.map(({ name }) => name).join(', ') || 'none';
    throw new UsageError(
      `expected names of enabled servers with "command" or "url" (${known}), got ${JSON.stringify(wrong)}`,
    );
  }
  return names.length === 0 ? possible : possible.filter(({ name }) => names.includes(name));
}

async function readAll(
  servers: readonly OutsideServer[],
  config: ServersConfig,
  environment: Environment,
  locked: Readonly<Record<string, LockedServer>>,
  terminal: Terminal,
): Promise<Outcome[]> {
  const progress = new Progress(terminal.remark);
  const readings = new Map<string, Reading>();
  const waiting = [...servers];
  const work = async (): Promise<void> => {
    for (let server = waiting.shift(); server; server = waiting.shift()) {
      const { name } = server;
      progress.update(name, 'starting');
      const reading = await readServer(server, config, environment);
      readings.set(name, reading);
      progress.finish(name, resultLine(reading));
    }
  };
  await Promise.all(Array.from({ length: MAX_STARTS }, work));
  progress.clear();
  return servers.map(({ name }) => ({
    name,
    reading: readings.get(name) as Reading,
    before: Object.hasOwn(locked, name) ? locked[name] : undefined,
  }));
}

function resultLine(reading: Reading): string {
  if (reading.status !== 'read') {
    const isFailed = reading.status === 'failed';
    return `${isFailed ? red('failed') : 'left out'}: ${reading.reason}`;
  }
  const unknown = [...reading.unknown].map(
    ([method, reason]) => `the result of ${method} is unknown: ${printable(reason)}`,
  );
  return ['read', ...unknown].join('; ');
}

function differs({ reading, before }: Outcome): boolean {
  return reading.status === 'read' && !areEqual(differencesOf(before, reading.locked));
}

/** A disabled server may return: what is known of it stays. */
function removedFrom(
  locked: Readonly<Record<string, LockedServer>>,
  { servers }: ServersConfig,
): string[] {
  const names = new Set(servers.filter(isOutside).map(({ name }) => name));
  return Object.keys(locked).filter((name) => !names.has(name));
}

/** What did not change stays as it is written, also where a server changes the order of a list. */
function merged(
  locked: Readonly<Record<string, LockedServer>>,
  outcomes: readonly Outcome[],
  removed: readonly string[],
): Record<string, LockedServer> {
  const kept = Object.entries(locked).filter(([name]) => !removed.includes(name));
  const read = outcomes
    .filter(differs)
    .flatMap(({ name, reading }): [string, LockedServer][] =>
      reading.status === 'read' ? [[name, reading.locked]] : [],
    );
  return Object.fromEntries([...kept, ...read]);
}

function countsOf({ era, package: installed, serverInfo, ...lists }: LockedServer) {
  const count = (items: readonly unknown[] | undefined): number => items?.length ?? 0;
  return {
    era,
    tools: count(lists.tools),
    prompts: count(lists.prompts),
    resources: count(lists.resources) + count(lists.resourceTemplates),
    version: installed?.version ?? String(serverInfo.version ?? ''),
  };
}

function toJson({ name, reading, before }: Outcome): object {
  if (reading.status !== 'read') return { name, ...reading };
  const { locked } = reading;
  return { name, status: 'read', ...countsOf(locked), ...differencesOf(before, locked) };
}

function printTable(outcomes: readonly Outcome[], terminal: Terminal): void {
  const rows = outcomes.flatMap(({ name, reading, before }) => {
    if (reading.status !== 'read') return [[name, '', '', '', '', '', reading.status]];
    const { era, tools, prompts, resources, version } = countsOf(reading.locked);
    const changes = printable(describeDifferences(differencesOf(before, reading.locked)));
    const shown = printable(version);
    return [[name, era, `${tools}`, `${prompts}`, `${resources}`, shown, changes]];
  });
  const header = ['NAME', 'ERA', 'TOOLS', 'PROMPTS', 'RESOURCES', 'VERSION', 'CHANGES'];
  for (const line of renderTable(header, rows)) terminal.print(line);
}

interface Conclusion {
  readonly file: string;
  readonly isChanged: boolean;
  readonly isWritten: boolean;
  readonly hasFailed: boolean;
  readonly check: boolean;
}

function conclude(
  { file, isChanged, isWritten, hasFailed, check }: Conclusion,
  terminal: Terminal,
) {
  if (isWritten) terminal.print(green(`Wrote ${file}. Review it before you commit it.`));
  else if (check && isChanged) {
    terminal.remark(
      `${red('servers.lock.json differs')}. Fix: review the changes, then run: npx --no mcp-host lock`,
    );
  } else terminal.print(`${file} is up to date.`);
  if (hasFailed) {
    terminal.remark(red('For servers that failed, the file keeps its earlier content.'));
  }
}
