// mcp-host mcp-json: client entries for every server, to print, to merge into a client's file, or
// to compare with one.

import { clients } from '../../clients/clients.ts';
import { checkFile, commandLine, printEntries, type Repair, writeFile } from '../client-output.ts';
import { ownFile } from '../client-place.ts';
import { findClient } from '../find-client.ts';
import type { Terminal } from '../terminal.ts';
import { readOptions, UsageError } from '../usage.ts';
import { refuseNames, wantedEntries } from '../wanted-entries.ts';

const NAMES = Object.keys(clients);
const FORMATS = ['entry', 'file', 'link', 'command'] as const;

/** Shown by `--help`. */
export const help = `mcp-host mcp-json [--client NAME] --target local|func|remote|apim [--target …] [--url URL]
                  [--format entry|file|link|command | --write [FILE] | --check [FILE]]
                  [--project] [--replace]
mcp-host mcp-json [--client NAME] --azd [the same options]

Prints, for every enabled server, the entry that goes into the configuration file of a client.
With one target, an entry has the name of its server. With several: weather-local, weather-func and so on.

  --client  vscode (default), ${NAMES.slice(1, 6).join(', ')},
            ${NAMES.slice(6, 16).join(', ')},
            ${NAMES.slice(16, 27).join(', ')},
            ${NAMES.slice(27).join(', ')}
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
  --write   add the entries to FILE (default: your user's file of the client). Everything else in it
            stays. An entry with the same name and another address is not overwritten
  --check   list the differences from what --write would write; exit with 1 if there are any
  --project without FILE: the client's file in this folder, instead of the user's
  --replace overwrite entries that have the name of a server but another address

A key is never written: the entry has the client's own placeholder for it.
To add the servers to a client on this machine, "mcp-host install" is easier.`;

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
    throw new UsageError(`${given.map(([name]) => name).join(' and ')} cannot be used together`);
  }
  const file = write ?? check;
  if (file === undefined && project) throw new UsageError('--project needs --write or --check');
  const named = findClient(options.client ?? 'vscode');
  const isProject = project || (file !== undefined && file === named.projectFile);
  const client = isProject ? { ...named, atFirst: {} } : named;
  const found = wantedEntries(options, terminal.remark)(client);
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
  return {
    write: commandLine('mcp-json', [...entries, ...ways]),
    print: commandLine('mcp-json', entries),
  };
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
