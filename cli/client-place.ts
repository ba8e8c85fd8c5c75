// Where a client's file is on this system.

import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Client } from '../clients/clients.ts';
import type { PersonalFolders } from '../config/env.ts';

/** @returns undefined when the place is not known for this system */
export function userFile(client: Client, folders: PersonalFolders): string | undefined {
  const { home, config, xdg, platform } = folders;
  const files = client.file?.[platform as 'linux'] ?? [];
  const places = files.map((file) => {
    const other = client.folderVariable && folders[client.folderVariable];
    if (other !== undefined) return join(other, basename(file));
    const [start = '', ...rest] = file.split('/');
    const base = new Map([
      ['~', home],
      ['<config>', config],
      ['<xdg>', xdg],
    ]).get(start);
    return join(base ?? start, ...rest);
  });
  return places.find((place) => existsSync(place)) ?? places[0];
}
