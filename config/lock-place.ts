// Where the lock file of a servers.yaml lies.

import { dirname, join, parse } from 'node:path';

/** @param serversFile path of servers.yaml; each such file has a lock file of its own. */
export function lockFileOf(serversFile: string): string {
  return join(dirname(serversFile), `${parse(serversFile).name}.lock.json`);
}
