// mcp-host mcp-json: client entries for every server, to print, to merge into a client's file, or
// to compare with one.

import { ASKED_APP_URL, entriesFor, TARGETS, type Target } from '../../clients/client-entries.ts';
import { quote } from '../../clients/client-print.ts';
import { type Client, clients } from '../../clients/clients.ts';
import { readEnvironment, readPersonalFolders } from '../../config/env.ts';
import { loadConfig } from '../../config/load.ts';
import { nearestWord } from '../../config/spelling.ts';
import { deployedAddress, readPublicUrl } from '../address.ts';
import type { WantedEntries } from '../client-file.ts';
import { checkFile, printEntries, type Repair, writeFile } from '../client-output.ts';
import { userFile } from '../client-place.ts';
import { addSignIn } from '../entra-sign-in.ts';
import type { Terminal } from '../terminal.ts';
import { readOptions, UsageError } from '../usage.ts';

const FORMATS = ['entry', 'file', 'link', 'command'] as const;

/** Shown by `--help`. */
export const help = `mcp-host mcp-json [--client NAME] --target local|func|remote|apim [--target …] [--url URL]
                  [--format entry|file|link|command | --write [FILE] | --check [FILE]]
                  [--project] [--replace]
mcp-host mcp-json [--client NAME] --azd [the same]

Prints client entries for every enabled server. One target: an entry has the name of its server.
Several: weather-local, weather-func and so on.

  --client  vscode (default), ${Object.keys(clients).slice(1, 8).join(', ')},
            ${Object.keys(clients).slice(8).join(', ')}
  --target  where the host runs; may be given several times
              local    npm start, http://127.0.0.1:3000 (PORT)
              func     func start, http://localhost:7071
              remote   the Functions app; without --url VS Code asks for its name
              apim     API Management; needs --url
  --url     the address of the app or the gateway: scheme and host, for one target
  --azd     entries with the address of the current azd environment: API Management, or the app;
            with the client id and the scopes for Entra where the client has fields for them
  --format  file (default): a whole file of the client
            entry: the entries alone
            link: links that install them
            command: the client's own command
  --write   merge into FILE, by default the client's file of this user: foreign entries, comments
            and formatting stay, and a name that leads elsewhere is refused
  --check   exit 1 and name the differences when FILE is not what --write would make of it
  --project without FILE: the client's file in this folder, instead of the user's
  --replace entries of our names are ours, wherever they lead

A key is never written: where one is needed, the client's own placeholder stands.`;

/** Returns the exit code. */
export function run(args: readonly string[], terminal: Terminal): number {
  const options = readOptions(withFileNames(args), {
    client: { type: 'string' },
    target: { type: 'string', multiple: true },
    url: { type: 'string' },
    azd: { type: 'boolean' },
    format: { type: 'string' },
    write: { type: 'string' },
    check: { type: 'string' },
    project: { type: 'boolean' },
    replace: { type: 'boolean' },
  });
  const { write, check, format, project = false, replace = false } = options;
  const ways = { '--format': format, '--write': write, '--check': check };
  const given = Object.entries(ways).filter(([, value]) => value !== undefined);
  if (given.length > 1) {
    throw new UsageError(`${given.map(([name]) => name).join(' and ')} exclude each other`);
  }
  const file = write ?? check;
  if (file === undefined && project) throw new UsageError('--project is for --write and --check');
  const named = readClient(options.client);
  const isProject = project || (file !== undefined && file === named.projectFile);
  const client = isProject ? { ...named, atFirst: {} } : named;
  const found = options.azd
    ? deployedEntries(client, options, terminal)
    : wantedEntries(client, options);
  const wanted = { ...found, replaces: replace || found.replaces };
  refuseNames(wanted);
  if (file === undefined) {
    const way = FORMATS.find((known) => known === (format ?? 'file'));
    if (way === undefined) {
      throw new UsageError(
        `--format: expected ${FORMATS.join(', ')}, got ${JSON.stringify(format)}`,
      );
    }
    return printEntries(way, wanted, terminal);
  }
  const place = file === '' ? ownFile(client, project) : file;
  return check === undefined
    ? writeFile(place, wanted, terminal)
    : checkFile(place, wanted, repair(options), terminal);
}

/** `--write` and `--check` need no value, which parseArgs cannot say. */
function withFileNames(args: readonly string[]): string[] {
  return args.map((word, index) => {
    const isBare = word === '--write' || word === '--check';
    const next = args[index + 1];
    return isBare && (next === undefined || next.startsWith('-')) ? `${word}=` : word;
  });
}

function repair(options: Options): Repair {
  const { client, target = [], url, azd, check, project, replace } = options;
  const entries = [
    ...(client === undefined ? [] : ['--client', client]),
    ...target.flatMap((name) => ['--target', name]),
    ...(url === undefined ? [] : ['--url', url]),
    ...(azd ? ['--azd'] : []),
  ];
  const write = check?.startsWith('-') ? [`--write=${check}`] : ['--write', check ?? ''];
  const ways = [
    ...(project ? ['--project'] : []),
    ...(replace ? ['--replace'] : []),
    ...write.filter((word) => word !== ''),
  ];
  return { write: commandLine([...entries, ...ways]), print: commandLine(entries) };
}

function commandLine(words: readonly string[]): string {
  const quoted = words.map((word) => quote(word, process.platform));
  return ['npx --no mcp-host mcp-json', ...quoted].join(' ');
}

function readClient(name = 'vscode'): Client {
  const known = Object.keys(clients);
  if (Object.hasOwn(clients, name)) return clients[name as keyof typeof clients];
  const alike = known.filter((id) => name !== '' && (id.includes(name) || name.includes(id)));
  const nearest = nearestWord(name, known);
  const meant = alike.length > 0 ? alike : [nearest].filter((id) => id !== undefined);
  const hint =
    meant.length === 0 ? '' : `, did you mean ${meant.map((id) => `"${id}"`).join(' or ')}?`;
  throw new UsageError(
    `--client: unknown client ${JSON.stringify(name)}${hint} Known: ${known.join(', ')}`.replace(
      '" Known',
      '". Known',
    ),
  );
}

function refuseNames({ client, entries }: WantedEntries): void {
  const refused = entries.find(({ name }) => client.refusedNames?.includes(name));
  if (refused === undefined) return;
  throw new Error(
    `${client.title} keeps the name "${refused.name}" for itself; nothing was changed. ` +
      'Fix: rename the server in servers.yaml',
  );
}

function ownFile(client: Client, isProject: boolean): string {
  const file = isProject ? client.projectFile : userFile(client, readPersonalFolders());
  if (file !== undefined) return file;
  const what = isProject ? 'file in a project' : 'file on this system';
  throw new UsageError(
    `${client.title}: no ${what} is known. Fix: name one (--write FILE), or use --format file`,
  );
}

interface Options {
  readonly client?: string | undefined;
  readonly target?: string[] | undefined;
  readonly url?: string | undefined;
  readonly azd?: boolean | undefined;
  readonly check?: string | undefined;
  readonly project?: boolean | undefined;
  readonly replace?: boolean | undefined;
}

function wantedEntries(client: Client, { target: names = [], url }: Options): WantedEntries {
  const environment = readEnvironment();
  const chosen = [...new Set(names.map(readTarget))];
  if (chosen.length === 0) throw new UsageError(`--target is needed: ${TARGETS.join(', ')}`);
  if (url !== undefined && chosen.length > 1)
    throw new UsageError('--url is for one target at a time');
  const { servers } = loadConfig(environment.serversFile);
  const bases = chosen.map((target) => ({
    target,
    baseUrl: baseUrlOf(target, url, environment.port, client),
  }));
  const isOnly = chosen.length === 1;
  const entries = bases.flatMap(({ target, baseUrl }) =>
    entriesFor(target, baseUrl, servers, isOnly),
  );
  return { client, entries, bases, replaces: !isOnly };
}

/** Entries that were written before the address was known are ours, too. */
function deployedEntries(
  client: Client,
  { target, url }: Options,
  terminal: Terminal,
): WantedEntries {
  if (target !== undefined || url !== undefined) {
    throw new UsageError('--azd names target and address itself: leave out --target and --url');
  }
  const { servers } = loadConfig(readEnvironment().serversFile);
  const { place, baseUrl } = deployedAddress();
  const plain = entriesFor(place, baseUrl, servers, true);
  const entries =
    client.signIn === undefined ? { entries: plain } : addSignIn(plain, servers, terminal.remark);
  const origins = place === 'apim' ? [baseUrl] : [baseUrl, ASKED_APP_URL];
  const bases = origins.map((origin) => ({ target: place, baseUrl: origin }));
  return { client, ...entries, bases, replaces: false };
}

function readTarget(name: string): Target {
  const target = TARGETS.find((known) => known === name);
  if (target === undefined) {
    throw new UsageError(`--target: expected ${TARGETS.join(', ')}, got ${JSON.stringify(name)}`);
  }
  return target;
}

function baseUrlOf(target: Target, url: string | undefined, port: number, client: Client): string {
  if (url !== undefined) return readPublicUrl(url);
  if (target === 'func') return 'http://localhost:7071';
  if (target === 'remote' && client.asks) return ASKED_APP_URL;
  if (target !== 'local') throw new UsageError(`--target ${target} needs --url`);
  if (port === 0) throw new UsageError('PORT=0 has no fixed address: give it with --url');
  return `http://127.0.0.1:${port}`;
}
