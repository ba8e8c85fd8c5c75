// Where the files of note-file.ts are. Apart from them, because the watchdog needs no name but one,
// and is told it: what it loads delays each start.

import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Of this app and port alone: a new deployment, or a new Functions host, has another port and
 * begins anew.
 * @param suffix tells the files of one app apart.
 */
export function noteFile(
  serversFile: string,
  port: number,
  folder = tmpdir(),
  suffix = '',
): string {
  const key = createHash('sha256').update(`${port} ${serversFile}`).digest('hex').slice(0, 16);
  return join(folder, `functions-mcp-host-${key}${suffix}.json`);
}

/** See blocked-notes.ts. */
export function blockedNotesFile(serversFile: string, port: number, folder?: string): string {
  return noteFile(serversFile, port, folder, '-blocked');
}
