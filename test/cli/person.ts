// A person's machine for install and uninstall: a home folder with files of clients, and a project.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { userFile } from '../../cli/client-place.ts';
import type { Client } from '../../clients/client.ts';
import { clients } from '../../clients/clients.ts';
import { readPersonalFolders } from '../../config/env.ts';
import { goodServers, makeFolder, runCli } from './run-cli.ts';

export const url = 'https://app.azurewebsites.net';
export const remote = ['--url', url];
export const openServers = goodServers.replace('./notes.js', './notes.js\n    auth: anonymous');

/** The client's file of this user on this system. */
export function placeIn(home: string, client: Client): string | undefined {
  return userFile(client, readPersonalFolders({ HOME: home, USERPROFILE: home }));
}

/** A person with a project and these files at home. */
export function start(files: Readonly<Record<string, string>> = {}, servers = goodServers) {
  const home = makeFolder(files);
  const folder = makeFolder({ 'servers.yaml': servers });
  const env = { HOME: home, USERPROFILE: home };
  const run = (
    args: readonly string[],
    answer?: (question: string) => string,
    more: NodeJS.ProcessEnv = {},
  ) => runCli(args, { folder, env: { ...env, ...more }, ...(answer && { answer }) });
  const fileOf = (id: string) => placeIn(home, clients[id as keyof typeof clients]) ?? '';
  return {
    home,
    folder,
    env,
    fileOf,
    run,
    install: (...args: string[]) => run(['install', ...args]),
    uninstall: (...args: string[]) => run(['uninstall', ...args]),
    read: (name: string) => readFileSync(join(home, name), 'utf8'),
    readOf: (id: string) => readFileSync(fileOf(id), 'utf8'),
    put: (id: string, text: string) => {
      mkdirSync(dirname(fileOf(id)), { recursive: true });
      writeFileSync(fileOf(id), text);
    },
  };
}
