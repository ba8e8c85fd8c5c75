// mcp-host install: entries of every server in the files of the clients on this machine.

import { clients } from '../../clients/clients.ts';
import { webClients } from '../../clients/web-clients.ts';
import { parseUrl } from '../../config/formats.ts';
import { remarkCancelled } from '../add/restore-point.ts';
import type { Way } from '../install/installation.ts';
import { runInstall } from '../install/run-install.ts';
import { interruptible } from '../interruption.ts';
import type { Terminal } from '../terminal.ts';
import { readArguments } from '../usage.ts';
import { type AddressOptions, wantedEntries } from '../wanted-entries.ts';

const NAMES = Object.keys(clients);

/** Shown by `--help`. */
export const help = `mcp-host install [--client NAME|all] [server ...]
                 [--azd | --url URL | --target local|func|remote|apim ...] [options]

Adds an entry for each server to the configuration file of a client. Everything else in the file
stays. On a terminal, the command shows the change, asks, and says what to do next. Without --client,
it lists the clients that it finds on this machine and asks for one. It never writes a key: the entry
has the client's own placeholder for it. If it cannot write an entry, it prints the entry and exits
with 1.

  --client   ${NAMES.slice(0, 7).join(', ')},
             ${NAMES.slice(7, 17).join(', ')},
             ${NAMES.slice(17, 27).join(', ')},
             ${NAMES.slice(27).join(', ')};
             prints what to enter by hand: ${Object.keys(webClients).join(', ')};
             all: every client that is found here. May be given several times
  --azd      the address of the current azd environment, with client id and scopes for Entra
  --url      the address of the app or the gateway: scheme and host
  --target   local (default), func, remote or apim, as in mcp-host help mcp-json
  --project  the client's file in this folder, instead of the user's
  --replace  overwrite entries that have the name of a server but another address
  --check    change nothing; list the differences and exit with 1 if there are any
  --yes      ask nothing
  --json     print { "ok", "clients" } for programs, and ask nothing

To undo it: mcp-host uninstall. With several targets, the name of an entry ends with its target.`;

/** Returns the exit code. */
export function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const flag = { type: 'boolean' } as const;
  return runWay('install', args, { replace: flag, check: flag }, terminal);
}

/** What both commands take, and do. */
export function runWay(
  way: Way,
  args: readonly string[],
  further: Readonly<Record<string, { readonly type: 'boolean' }>>,
  terminal: Terminal,
): Promise<number> {
  const flag = { type: 'boolean' } as const;
  const several = { type: 'string', multiple: true } as const;
  const { values, positionals } = readArguments(args, {
    ...further,
    client: several,
    target: several,
    url: { type: 'string' },
    azd: flag,
    project: flag,
    yes: { ...flag, short: 'y' },
    json: flag,
  });
  const { client = [], url, azd = false, project = false, yes = false, json = false } = values;
  const more: Readonly<Record<string, unknown>> = values;
  const address = { url, azd, target: values.target ?? usualTarget(values) };
  const replaces = more.replace === true;
  const find = wantedEntries(
    { ...address, only: positionals, withDisabled: way === 'uninstall' },
    terminal.remark,
  );
  return interruptible(
    ({ signal }) =>
      runInstall(
        {
          ...{ names: client, find, json, replaces, isProject: project },
          isSilent: yes || json,
          way: more.check === true ? 'check' : way,
          words: [...positionals, ...addressWords(values), ...(project ? ['--project'] : [])],
        },
        terminal,
        signal,
      ),
    remarkCancelled(terminal),
  );
}

/** At an address on this machine, nothing checks keys. */
function usualTarget({ url, azd }: AddressOptions): string[] | undefined {
  if (azd) return undefined;
  if (url === undefined) return ['local'];
  const host = parseUrl(url)?.hostname ?? '';
  return /^(localhost|127\.0\.0\.1|\[::1\])$/.test(host) ? ['local'] : ['remote'];
}

function addressWords({ target = [], url, azd }: AddressOptions): string[] {
  return [
    ...target.flatMap((name) => ['--target', name]),
    ...(url === undefined ? [] : ['--url', url]),
    ...(azd ? ['--azd'] : []),
  ];
}
