// The entries of threads: bundles of their own beside dist/main.js, which finds them there.

import { dirname, join, sep } from 'node:path';
import type { Plugin } from 'rolldown';
import { markOf } from './beside.ts';

/** By the bundle in dist/: its entry, and the file that tells where it is. */
const THREADS = {
  thread: {
    entry: 'backends/thread/worker.ts',
    file: 'backends/thread/worker-file.ts',
    bundle: 'dist/thread.js',
  },
  watchdog: {
    entry: 'process/watchdog-thread.ts',
    file: 'process/watchdog-file.ts',
    bundle: 'dist/watchdog.cjs',
  },
} as const;

/** @param host the source of the host. */
export function threadEntry(host: string, name: keyof typeof THREADS): string {
  return join(dirname(host), THREADS[name].entry);
}

/** @param directory whose dist/ the bundles lie in. */
export function threadPlugin(directory: string): Plugin {
  const files = Object.values(THREADS).map(({ file, bundle }) => ({
    end: sep + join(file),
    place: markOf(directory, join(directory, bundle)),
  }));
  return {
    name: 'thread',
    load: (id) => {
      const found = files.find(({ end }) => id.endsWith(end));
      return found
        ? `export const THREAD_FILE = new URL("${found.place}", import.meta.url);`
        : null;
    },
  };
}
