// mcp-host mcp-json: client entries for every server, to print, to merge into a client's file, or
// to compare with one.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { readEnvironment } from '../../config/env.ts';
import { publicUrl } from '../../config/formats.ts';
import { loadConfig } from '../../config/load.ts';
import { findAzdValue, readAzdValue } from '../azd-environment.ts';
import {
  askedAppUrl,
  entriesFor,
  type Form,
  forms,
  keyPlaceholders,
  type Target,
  targets,
} from '../client-entries.ts';
import { applyChanges, type Change, findChanges, type WantedEntries } from '../client-file.ts';
import type { Terminal } from '../terminal.ts';
import { readOptions, UsageError } from '../usage.ts';

/** Shown by `--help`. */
export const help = `mcp-host mcp-json --target local|func|remote|apim [--target …] [--url URL]
                  [--form vscode|mcpServers] [--write FILE | --check FILE]
mcp-host mcp-json --azd [--form …] [--write FILE | --check FILE]

Prints client entries for every enabled server: weather-local, weather-func and so on.

  --target  where the host runs; may be given several times
              local    npm start, http://127.0.0.1:3000 (PORT)
              func     func start, http://localhost:7071
              remote   the Functions app; without --url VS Code asks for its name
              apim     API Management; needs --url
  --url     the address of the app or the gateway: scheme and host, for one target
  --azd     entries with the address of the current azd environment: API Management, or the app
  --form    vscode (default): "servers"; the key of the app is asked for
            mcpServers: Claude, Cursor and others; the key is \${MCP_FUNCTION_KEY}
  --write   merge into FILE: foreign entries, comments and formatting stay
  --check   exit 1 and name the differences when FILE is not what --write would make of it`;

/** Returns the exit code. */
export function run(args: readonly string[], terminal: Terminal): number {
  const options = readOptions(args, {
    target: { type: 'string', multiple: true },
    url: { type: 'string' },
    azd: { type: 'boolean' },
    form: { type: 'string' },
    write: { type: 'string' },
    check: { type: 'string' },
  });
  const { write, check } = options;
  if (write !== undefined && check !== undefined) {
    throw new UsageError('--write and --check exclude each other');
  }
  const form = readForm(options.form);
  const wanted = options.azd
    ? deployedEntries(form, options)
    : wantedEntries(options.target ?? [], options.url, form);
  if (wanted.form === 'mcpServers' && wanted.entries.some(({ needsKey }) => needsKey)) {
    terminal.remark(
      'This form cannot ask for the key: set MCP_FUNCTION_KEY, ' +
        `or put the key in place of ${keyPlaceholders.mcpServers}.`,
    );
  }
  if (check !== undefined) return compare(check, wanted, args, terminal);
  if (write !== undefined) return merge(write, wanted, terminal);
  terminal.print(applyChanges(emptyFile, findChanges(emptyFile, wanted)).trimEnd());
  return 0;
}

const emptyFile = '{}\n';

function wantedEntries(
  names: readonly string[],
  url: string | undefined,
  form: Form,
): WantedEntries {
  const environment = readEnvironment();
  const chosen = [...new Set(names.map(readTarget))];
  if (chosen.length === 0) throw new UsageError(`--target is needed: ${targets.join(', ')}`);
  if (url !== undefined && chosen.length > 1)
    throw new UsageError('--url is for one target at a time');
  const { servers } = loadConfig(environment.serversFile);
  const bases = chosen.map((target) => ({
    target,
    baseUrl: baseUrlOf(target, url, environment.port, form),
  }));
  const entries = bases.flatMap(({ target, baseUrl }) => entriesFor(target, baseUrl, servers));
  return { form, entries, bases };
}

/** Entries that were written before the address was known are ours, too. */
function deployedEntries(
  form: Form,
  { target, url }: { target?: string[] | undefined; url?: string | undefined },
): WantedEntries {
  if (target !== undefined || url !== undefined) {
    throw new UsageError('--azd names target and address itself: leave out --target and --url');
  }
  const { servers } = loadConfig(readEnvironment().serversFile);
  const gatewayUrl = findAzdValue('APIM_GATEWAY_URL');
  if (gatewayUrl !== undefined) {
    const entries = entriesFor('apim', gatewayUrl, servers);
    return { form, entries, bases: [{ target: 'apim', baseUrl: gatewayUrl }] };
  }
  const baseUrl = readAzdValue('SERVICE_MCP_URI');
  const bases = [baseUrl, askedAppUrl].map((base) => ({ target: 'remote', baseUrl: base }));
  return { form, entries: entriesFor('remote', baseUrl, servers), bases };
}

function readTarget(name: string): Target {
  const target = targets.find((known) => known === name);
  if (target === undefined) {
    throw new UsageError(`--target: expected ${targets.join(', ')}, got ${JSON.stringify(name)}`);
  }
  return target;
}

function readForm(name = 'vscode'): Form {
  const form = forms.find((known) => known === name);
  if (form === undefined) {
    throw new UsageError(`--form: expected ${forms.join(' or ')}, got ${JSON.stringify(name)}`);
  }
  return form;
}

function baseUrlOf(target: Target, url: string | undefined, port: number, form: Form): string {
  if (url !== undefined) return readUrl(url);
  if (target === 'func') return 'http://localhost:7071';
  if (target === 'remote' && form === 'vscode') return askedAppUrl;
  if (target !== 'local') throw new UsageError(`--target ${target} needs --url`);
  if (port === 0) throw new UsageError('PORT=0 has no fixed address: give it with --url');
  return `http://127.0.0.1:${port}`;
}

function readUrl(url: string): string {
  const origin = url.replace(/\/$/, '');
  const problem = publicUrl.explain(origin);
  if (problem === undefined) return origin;
  const fix = url.includes('://') ? problem.fix : `write "https://${url}"`;
  throw new UsageError(
    `--url: expected ${problem.expected}, got ${problem.got ?? JSON.stringify(url)}. Fix: ${fix}`,
  );
}

function compare(
  file: string,
  wanted: WantedEntries,
  args: readonly string[],
  terminal: Terminal,
): number {
  const changes = changesOf(file, wanted).changes;
  if (changes.length === 0) {
    terminal.print(`${file} is up to date.`);
    return 0;
  }
  for (const { drift } of changes) terminal.remark(`${file}: ${drift}`);
  const command = args.join(' ').replace('--check', '--write');
  terminal.remark(`Fix: npm run --silent mcp-host -- mcp-json ${command}`);
  return 1;
}

function merge(file: string, wanted: WantedEntries, terminal: Terminal): number {
  const { text, changes } = changesOf(file, wanted);
  if (changes.length === 0) {
    terminal.print(`${file} is up to date.`);
    return 0;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, applyChanges(text, changes));
  terminal.print(`Wrote ${file}: ${wanted.entries.map(({ name }) => name).join(', ')}.`);
  return 0;
}

function changesOf(file: string, wanted: WantedEntries): { text: string; changes: Change[] } {
  // A byte order mark is no JSON and no client needs it.
  const found = existsSync(file) ? readFileSync(file, 'utf8').replace(/^\uFEFF/, '') : '';
  const text = found.trim() === '' ? emptyFile : found;
  try {
    return { text, changes: findChanges(text, wanted) };
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
}
