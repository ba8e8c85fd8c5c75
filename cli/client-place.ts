// Where a client's file is on this system.

import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Client } from '../clients/client.ts';
import { type PersonalFolders, readPersonalFolders } from '../config/env.ts';
import { UsageError } from './usage.ts';

/** @returns undefined when the place is not known for this system */
export function userFile(client: Client, folders: PersonalFolders): string | undefined {
  const files = client.file?.[folders.platform as 'linux'] ?? [];
  const places = files.map((file) => {
    const other = client.folderVariable && folders[client.folderVariable];
    return other === undefined ? placeOf(file, folders) : join(other, basename(file));
  });
  return places.find((place) => existsSync(place)) ?? places[0];
}

/** @returns true when the client has left a file or a folder on this machine */
export function isHere(client: Client, folders: PersonalFolders): boolean {
  const other = client.folderVariable && folders[client.folderVariable];
  if (other !== undefined) return existsSync(other);
  const files = client.file?.[folders.platform as 'linux'] ?? [];
  const traces = client.folder === undefined ? files.map(firstPart) : [client.folder];
  return traces.some((trace) => existsSync(placeOf(trace, folders)));
}

function firstPart(file: string): string {
  return file.split('/').slice(0, 2).join('/');
}

function placeOf(file: string, { home, config, xdg }: PersonalFolders): string {
  const [start = '', ...rest] = file.split('/');
  const base = new Map([
    ['~', home],
    ['<config>', config],
    ['<xdg>', xdg],
  ]).get(start);
  return join(base ?? start, ...rest);
}

/** @throws UsageError when no place is known */
export function ownFile(client: Client, isProject: boolean): string {
  const file = isProject ? client.projectFile : userFile(client, readPersonalFolders());
  if (file !== undefined) return file;
  const what = isProject ? 'file in a project' : 'file on this system';
  throw new UsageError(
    `${client.title}: no ${what} is known. Fix: name one (--write FILE), or use --format file`,
  );
}
