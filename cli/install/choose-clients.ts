// Which clients entries are installed in: as the options say, or as a person chooses among those on this machine.

import type { Client } from '../../clients/client.ts';
import { clients } from '../../clients/clients.ts';
import { webClients } from '../../clients/web-clients.ts';
import { readPersonalFolders } from '../../config/env.ts';
import { isHere, userFile } from '../client-place.ts';
import { unknownClient } from '../find-client.ts';
import { renderTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage.ts';

const ALL = 'all';
const NAMES = [...Object.keys(clients), ...Object.keys(webClients)];

/** A client by the name that `--client` takes. */
interface Found {
  readonly id: string;
  readonly title: string;
  readonly file: string;
}

/**
 * @param names what `--client` says, maybe nothing
 * @param isProject only clients that have a file in a project
 * @returns names of known clients
 * @throws UsageError if there is no terminal to ask on, or for an unknown client
 */
export async function chooseClients(
  names: readonly string[],
  isProject: boolean,
  { ask, remark }: Terminal,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (names.length > 0) return named(names, isProject);
  const found = findHere(isProject);
  const list = found.map(({ id }) => id).join(', ');
  if (found.length === 0 || ask === undefined) {
    const here = list === '' ? 'No client was found on this machine.' : `On this machine: ${list}.`;
    throw new UsageError(`--client is needed: a name, or "${ALL}". ${here}`);
  }
  const rows = found.map(({ id, title, file }, index) => [String(index + 1), id, title, file]);
  const header = ['NUMBER', 'CLIENT', 'NAME', 'FILE'];
  for (const line of renderTable(header, rows, process.stderr.columns)) remark(line);
  const [first] = found as [Found];
  for (;;) {
    const answer =
      (await ask(`Which one (number, client, or ${ALL}) [${first.id}]: `, { signal })) || first.id;
    const chosen = found[Number(answer) - 1]?.id ?? answer;
    if (chosen === ALL || NAMES.includes(chosen)) return named([chosen], isProject);
    remark(unknownClient(chosen, NAMES).message.replace('--client: ', ''));
  }
}

function named(names: readonly string[], isProject: boolean): readonly string[] {
  const unknown = names.find((name) => name !== ALL && !NAMES.includes(name));
  if (unknown !== undefined) throw unknownClient(unknown, [...NAMES, ALL]);
  if (!names.includes(ALL)) return [...new Set(names)];
  if (names.length > 1) throw new UsageError(`--client ${ALL} cannot be used with other names`);
  const found = findHere(isProject).map(({ id }) => id);
  if (found.length > 0) return found;
  throw new Error('no client was found on this machine. Fix: name one: --client NAME');
}

function findHere(isProject: boolean): Found[] {
  const folders = readPersonalFolders();
  return Object.entries<Client>(clients).flatMap(([id, client]) => {
    const file = isProject ? client.projectFile : userFile(client, folders);
    if (file === undefined || !isHere(client, folders)) return [];
    return [{ id, title: client.title, file }];
  });
}
