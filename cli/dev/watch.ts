// Watches the compiled code, servers.yaml and .env for changes. It compares content, so a compiler
// that writes the same bytes again causes no restart.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, watch } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Time without a further event before the content is looked at: a compiler writes file after file.
 */
const QUIET_MS = 150;

/** What to watch. */
export interface Watched {
  /** Folder, with everything below it. */
  readonly folder: string;
  /** Single files; they need not exist. */
  readonly files: readonly string[];
}

/**
 * @param onChange called after each change of content
 * @returns ends the watching
 * @throws Error when the folder does not exist
 */
export function watchContent({ folder, files }: Watched, onChange: () => void): () => void {
  let seen = fingerprint(folder, files);
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const now = fingerprint(folder, files);
    if (now === seen) return;
    seen = now;
    onChange();
  };
  const onEvent = (): void => {
    clearTimeout(timer);
    timer = setTimeout(look, QUIET_MS);
  };
  // Editors replace a file instead of writing into it, so its folder is watched.
  const parents = new Set(files.map(dirname));
  const watchers = [
    watch(folder, { recursive: true }, onEvent),
    ...[...parents].map((parent) => watch(parent, onEvent)),
  ];
  // A watcher that fails (its folder is deleted) is no reason to end: what can still be seen
  // counts.
  for (const watcher of watchers) watcher.on('error', onEvent);
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}

function fingerprint(folder: string, files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of [...filesBelow(folder), ...files]) {
    hash.update(`\n${file}\n`).update(contentOf(file));
  }
  return hash.digest('hex');
}

function filesBelow(folder: string): string[] {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return names.sort().map((name) => join(folder, name));
  } catch {
    // Something is being deleted at this moment: another event follows then.
    return [];
  }
}

/** Empty if it is not a file, or is being replaced right now: another event follows then. */
function contentOf(file: string): Buffer | string {
  try {
    return statSync(file).isFile() ? readFileSync(file) : '';
  } catch {
    return '';
  }
}
