// servers.lock.json as the build has checked it: a start that finds the file unchanged need not load
// what checks it, nor hash the entries of its servers.

import type { Lock, LockFile } from './lock-file.ts';
import { lockFileOf } from './lock-place.ts';
import { readText } from './read-text.ts';
import type { ServersConfig } from './schema.ts';
import { sha256 } from './tool-hash.ts';

/**
 * @returns what the lock file says of the servers, by name; undefined when the build has not checked
 * exactly this text.
 * @throws ConfigError when the file cannot be read.
 */
export function readCheckedLocks({
  file,
  checkedLock,
}: Pick<ServersConfig, 'file' | 'checkedLock'>): ReadonlyMap<string, Lock> | undefined {
  if (!checkedLock) return undefined;
  const text = readText(lockFileOf(file));
  if (sha256(text) !== checkedLock.digest) return undefined;
  const { servers }: LockFile = JSON.parse(text);
  return new Map(
    Object.entries(checkedLock.isStale).map(([name, isStale]) => [
      name,
      { server: servers[name] as LockFile['servers'][string], isStale },
    ]),
  );
}
