// The one place where servers.lock.json is written.

import { rmSync } from 'node:fs';
import { type LockedServer, readLockFile, renderLockFile } from '../../config/lock-file.ts';
import { lockFileOf } from '../../config/lock-place.ts';
import { readTarget, replaceTarget } from '../replace-file.ts';

/** @param serversFile the servers.yaml beside it */
export function writeLock(
  serversFile: string,
  servers: Readonly<Record<string, LockedServer>>,
): void {
  const file = lockFileOf(serversFile);
  replaceTarget(file, readTarget(file), renderLockFile(servers));
}

/** Takes a server out of the file, which goes with the last one. */
export function dropLock(serversFile: string, name: string): void {
  const { [name]: dropped, ...others } = readLockFile(serversFile)?.servers ?? {};
  if (dropped === undefined) return;
  if (Object.keys(others).length > 0) writeLock(serversFile, others);
  else rmSync(lockFileOf(serversFile));
}
