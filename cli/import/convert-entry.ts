// One entry of a client as an entry of servers.yaml, with a note for everything that is not the same.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what people write in servers.yaml.

import { environmentName } from '../../config/formats.ts';
import { isObject, memberOf } from '../../config/json-value.ts';
import { type ClientEntryValue, type Converted, EntryReader } from './entry.ts';
import {
  type Bridged,
  fromFolder,
  isOfThisMachine,
  type Launch,
  readBridge,
  remarkProgram,
  withoutShell,
  withoutUnixShell,
  wordsOf,
} from './launchers.ts';
import type { Note } from './report.ts';
import { readSettings, remarkUnused } from './settings.ts';
import { convertArgs, convertEnv, convertHeaders, convertUrl, type TextContext } from './texts.ts';

export interface EntryContext extends TextContext {
  /** The folder of servers.yaml: paths inside it are written from there. */
  readonly folder: string;
  /** The client takes an address without a type for the older HTTP+SSE transport. */
  readonly untypedIsSse: boolean;
}

/** An entry that has no counterpart here. */
class LeftOut extends Error {
  readonly note: Note;

  constructor(what: string, fix: string) {
    super(what);
    this.note = { what, fix };
  }
}

/** @returns undefined when there is no counterpart; the last note then says why. */
export function convertEntry(value: unknown, context: EntryContext): Converted | undefined {
  try {
    if (!isObject(value))
      throw new LeftOut('the entry is not an object', 'correct the entry in the file');
    return convert(value, context);
  } catch (error) {
    if (!(error instanceof LeftOut)) throw error;
    context.note(error.note);
    return undefined;
  }
}

function convert(value: ClientEntryValue, context: EntryContext): Converted {
  const reader = new EntryReader(flat(value));
  const type = reader.text('type', 'transport', 'transportType') ?? '';
  const written = readLaunch(reader, context);
  const shell = written && withoutUnixShell(written);
  const launch = shell ?? written;
  const address = reader.text('url', 'serverUrl', 'httpUrl', 'uri');
  const env = { ...reader.map('env', 'environment', 'envs'), ...shell?.env };
  const bridged = launch && readBridge(launch, env, context.note);
  const headers = readHeaders(reader);
  const inherited = readInherited(reader);
  const cwd = reader.text('cwd', 'workingDirectory', 'working_directory');
  let entry: Converted;
  if (bridged !== undefined) {
    entry = toUrl(bridged.isSse ? 'sse' : '', bridged, context);
  } else if (launch !== undefined) {
    entry = toCommand(launch, { env, inherited, cwd }, context);
  } else if (address !== undefined) {
    const isSse = context.untypedIsSse && type === '';
    entry = toUrl(isSse ? 'untyped sse' : type, { url: address, headers }, context);
    for (const name of Object.keys(env)) {
      context.note({
        what: `env.${name}: left out`,
        fix: 'a remote server has its own environment',
      });
    }
  } else {
    const settings = 'the entry has neither a command nor an address';
    throw new LeftOut(
      settings,
      'an extension of the client provides this server: find out how the extension starts it',
    );
  }
  Object.assign(entry, readSettings(reader, context.note));
  remarkUnused(reader, context.note);
  return entry;
}

/** Older versions of Zed have path, args and env in a map of their own. */
function flat(value: ClientEntryValue): ClientEntryValue {
  const { command, ...rest } = value;
  if (!isObject(command)) return value;
  const { path, ...inner } = command;
  return { command: path, ...inner, ...rest };
}

/** Of a text (most clients), or a list (opencode). */
function readLaunch(reader: EntryReader, { note }: EntryContext): Launch | undefined {
  const [listed, ...more] = reader.texts('command', 'cmd');
  const args = reader.texts('args');
  if (listed !== undefined) return withoutShell({ command: listed, args: [...more, ...args] });
  const command = reader.text('command', 'cmd');
  if (command === undefined) return undefined;
  const words = wordsOf(command) ?? command.trim().split(/\s+/);
  const [program = ''] = words;
  if (words.length === 1 || args.length > 0 || /["'\\/]/.test(program)) {
    return withoutShell({ command, args });
  }
  note({
    what: 'command: it contained arguments, which were moved to "args"',
    fix: 'check that "args" is correct',
  });
  return withoutShell({ command: program, args: words.slice(1) });
}

interface Surroundings {
  readonly env: Readonly<Record<string, string>>;
  readonly inherited: readonly string[];
  readonly cwd: string | undefined;
}

function toCommand(
  launch: Launch,
  { env, inherited, cwd }: Surroundings,
  context: EntryContext,
): Converted {
  const { folder, note } = context;
  remarkProgram(launch, note);
  const command = fromFolder(launch.command, folder) ?? launch.command;
  const args = launch.args.map((arg) => fromFolder(arg, folder) ?? arg);
  for (const [place, text] of [['command', command], ...args.map((arg) => ['args', arg])]) {
    if (!isOfThisMachine(text as string)) continue;
    note({
      what: `${place}: ${JSON.stringify(text)} is a path on this machine`,
      fix: 'to deploy it, copy the file or folder into the folder of servers.yaml, and write its relative path',
    });
  }
  const work = cwd === undefined ? undefined : workingFolder(cwd, context);
  const variables = convertEnv(usable(env, note), context);
  return {
    command,
    ...(args.length > 0 && { args: convertArgs(args, context) }),
    ...(work !== undefined && { cwd: work }),
    ...(Object.keys(variables).length > 0 && { env: variables }),
    ...(inherited.length > 0 && { inheritEnv: inherited }),
  };
}

function workingFolder(cwd: string, { folder, note }: EntryContext): string | undefined {
  const plain = cwd.replace(/^\$\{workspaceFolder\}(?=$|[\\/])/, '.').replaceAll('\\', '/');
  const inside = fromFolder(cwd, folder) ?? plain;
  if (inside === '.' || inside === './') return undefined;
  const isInside = !isOfThisMachine(inside) && !/(^|\/)\.\.(\/|$)|\$/.test(inside);
  if (isInside) return inside;
  note({
    what: `cwd: ${JSON.stringify(cwd)} is outside the folder of servers.yaml, so it was left out`,
    fix: 'copy that folder into the folder of servers.yaml and write its relative path, or give the program absolute paths',
  });
  return undefined;
}

/** Names that Azure Functions keeps for itself are refused in servers.yaml. */
function usable(env: Readonly<Record<string, string>>, note: (note: Note) => void) {
  const pairs = Object.entries(env).filter(([name]) => {
    const problem = environmentName.explain(name);
    if (problem === undefined) return true;
    note({
      what: `env.${name}: left out, because servers.yaml requires ${problem.expected}`,
      fix: problem.fix,
    });
    return false;
  });
  return Object.fromEntries(pairs);
}

function toUrl(
  type: string,
  { url, headers }: Omit<Bridged, 'isSse'>,
  context: EntryContext,
): Converted {
  if (/sse/i.test(type)) {
    const known =
      type === 'untyped sse'
        ? 'the client treats an address without a type as'
        : 'the address uses';
    throw new LeftOut(
      `${known} the older HTTP+SSE transport, which MCP has deprecated and this host does not support`,
      'ask the operator for the Streamable HTTP address of the server; it often ends in /mcp',
    );
  }
  if (/\/sse\/?($|\?)/.test(url)) {
    context.note({
      what: 'url: it ends in /sse, like addresses of the older HTTP+SSE transport',
      fix: 'ask the operator for the Streamable HTTP address, because this host supports only that transport',
    });
  }
  const { url: address, authorization } = convertUrl(url, context);
  const all = convertHeaders(headers, context);
  if (authorization !== undefined) all.authorization ??= authorization;
  return { url: address, ...(Object.keys(all).length > 0 && { headers: all }) };
}

function readHeaders(reader: EntryReader): Record<string, string> {
  const outer = reader.find(['requestInit', 'requestOptions'], isObject) ?? {};
  const fromVariables = Object.entries(reader.map('env_http_headers'));
  const bearer = reader.text('bearer_token_env_var');
  return {
    ...new EntryReader(outer).map('headers'),
    ...reader.map('headers', 'http_headers', 'httpHeaders'),
    ...Object.fromEntries(fromVariables.map(([name, variable]) => [name, `\${${variable}}`])),
    ...(bearer !== undefined && { authorization: `Bearer \${${bearer}}` }),
  };
}

/** Codex has names, or maps with a name. */
function readInherited(reader: EntryReader): string[] {
  const list = reader.find(['env_vars'], (value): value is unknown[] => Array.isArray(value)) ?? [];
  const names = list.map((one) => (isObject(one) ? memberOf(one, 'name') : one));
  return names.filter((name) => typeof name === 'string');
}
