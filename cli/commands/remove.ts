// mcp-host remove: removes an entry from servers.yaml and the lock file, and uninstalls its package
// if no other entry uses it.

import { dirname } from 'node:path';
import { type Environment, readEnvironment } from '../../config/env.ts';
import { isObject, memberOf } from '../../config/json-value.ts';
import { parseConfig } from '../../config/load.ts';
import { lockFileOf } from '../../config/lock-place.ts';
import type { ServersConfig } from '../../config/schema.ts';
import { readYaml } from '../../config/yaml.ts';
import { NpmProject } from '../add/npm-project.ts';
import { Questions } from '../add/questions.ts';
import { RestorePoint, remarkCancelled } from '../add/restore-point.ts';
import { ExplainedError } from '../explained-error.ts';
import { interruptible } from '../interruption.ts';
import { dropLock } from '../lock/write-lock.ts';
import { packageOf } from '../remove/used-package.ts';
import { noPlace, ServersChange } from '../servers-change.ts';
import { refuseUnknown, removeEntry } from '../servers-file.ts';
import type { Terminal } from '../terminal.ts';
import { readArgument } from '../usage.ts';

/** Shown by `--help`. */
export const help = `mcp-host remove <name> [--uninstall] [--yes] [--dry-run]

Takes a server out of servers.yaml (or of the file that MCP_SERVERS_FILE names) and out of
servers.lock.json. No other line changes. A server that a "combine" entry
uses is not removed.

  --uninstall  also uninstall its npm package, if no other entry uses it (a terminal asks)
  --yes        do not ask
  --dry-run    show what would be removed, and change nothing

Exit code 1: the server was not removed, and all files are unchanged.`;

interface Options {
  readonly uninstall?: boolean | undefined;
  readonly yes?: boolean | undefined;
  readonly 'dry-run'?: boolean | undefined;
}

/** Returns the exit code. */
export function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const flag = { type: 'boolean' } as const;
  const { argument, options } = readArgument(
    args,
    { uninstall: flag, yes: { ...flag, short: 'y' }, 'dry-run': flag },
    'the name of a server',
  );
  return interruptible(
    ({ signal }) => remove(argument, options, terminal, signal),
    remarkCancelled(terminal),
  );
}

async function remove(name: string, options: Options, terminal: Terminal, signal: AbortSignal) {
  const environment = readEnvironment();
  const { serversFile } = environment;
  const change = new ServersChange(serversFile);
  refuseUnknown(change.before, name, serversFile);
  refuseNeeded(change.before, name);
  const text =
    removeEntry(change.before, name) ?? noPlace('delete this entry yourself', `  ${name}`);
  const used = usedPackage(change.before, name, environment);
  const config = change.to(text);
  change.show(terminal);
  if (options['dry-run']) {
    terminal.print('Nothing was changed (--dry-run).');
    return 0;
  }
  const questions = new Questions(options.yes ? undefined : terminal.ask, signal);
  if (!(await questions.confirm('Write this change?'))) {
    terminal.remark('Nothing was changed.');
    return 1;
  }
  const npm = new NpmProject(dirname(serversFile), signal);
  const isUnused =
    used !== undefined && npm.hasDependency(used) && !isUsed(used, config, environment);
  const isToGo =
    isUnused &&
    (options.uninstall ||
      (terminal.ask !== undefined &&
        (await questions.confirm(`Uninstall ${used}, which no other entry uses?`, false))));
  const point = new RestorePoint([serversFile, lockFileOf(serversFile), ...npm.files]);
  let isDone = false;
  try {
    change.write();
    dropLock(serversFile, name);
    if (isToGo) await npm.uninstall(used);
    signal.throwIfAborted();
    isDone = true;
  } finally {
    if (!isDone) {
      point.restore();
      if (isToGo) await npm.repair(used);
      point.restore();
    }
  }
  terminal.print(`Removed ${name}${isToGo ? `, and uninstalled ${used}` : ''}.`);
  if (isUnused && !isToGo)
    terminal.remark(`No other entry uses ${used}. To uninstall it: npm uninstall ${used}`);
  return 0;
}

/** @throws ExplainedError for a member of combinations, which it names, and for the last server */
function refuseNeeded(text: string, name: string): void {
  const servers = memberOf(readYaml(text).value, 'servers');
  const others = Object.entries(isObject(servers) ? servers : {}).filter(([key]) => key !== name);
  if (others.length === 0) {
    throw new ExplainedError(
      `${name} is the only server, and servers.yaml needs at least one; nothing was changed`,
      `add another server first, or run: npx --no mcp-host disable ${name}`,
    );
  }
  const users = others
    .filter(([, entry]) => memberOf(memberOf(entry, 'combine'), name) !== undefined)
    .map(([user]) => user);
  const [first] = users;
  if (first === undefined) return;
  throw new ExplainedError(
    `${users.join(', ')} combines ${name}; nothing was changed`,
    `remove it from "combine" there first, or remove ${first}`,
  );
}

/** Of a file that is not good, the entry may be what is wrong with it. */
function usedPackage(text: string, name: string, environment: Environment): string | undefined {
  try {
    const config = parseConfig(text, environment.serversFile);
    const server = config.servers.find((each) => each.name === name);
    return server && packageOf(server, config.directory, environment);
  } catch {
    return undefined;
  }
}

function isUsed(used: string, { servers, directory }: ServersConfig, environment: Environment) {
  return servers.some((server) => packageOf(server, directory, environment) === used);
}
