// The entry of servers in threads: a bundle of its own beside dist/main.js, which finds it there.

import { dirname, join, sep } from 'node:path';
import type { Plugin } from 'rolldown';
import { markOf } from './beside.ts';

const ROOM = join('backends', 'thread') + sep;

/** @param host the source of the host. */
export function threadEntry(host: string): string {
  return join(dirname(host), ROOM, 'worker.ts');
}

/** @param directory whose dist/ the bundles lie in. */
export function threadPlugin(directory: string): Plugin {
  const place = markOf(directory, join(directory, 'dist/thread.js'));
  return {
    name: 'thread',
    load: (id) =>
      id.endsWith(`${sep}${ROOM}worker-file.ts`)
        ? `export const WORKER_FILE = new URL("${place}", import.meta.url);`
        : null,
  };
}
