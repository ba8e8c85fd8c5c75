// Builds the entry that `mcp-host add` writes to servers.yaml.

import { convertEntry } from '../import/convert-entry.ts';
import type { Converted } from '../import/entry.ts';
import type { Note } from '../import/report.ts';
import { convertEnv } from '../import/texts.ts';
import { Variables } from '../import/variables.ts';
import type { Request } from './request.ts';

export interface BuiltEntry {
  readonly entry: Converted;
  /** What is not as it was written, such as a secret. */
  readonly notes: readonly Note[];
}

/**
 * @param start the keys that say what it is: `module`, `command` and `args`, or `url`
 * @param directory folder of servers.yaml
 */
export function buildEntry(
  name: string,
  start: Converted,
  { keys, env, headers }: Pick<Request, 'keys' | 'env' | 'headers'>,
  directory: string,
): BuiltEntry {
  const notes: Note[] = [];
  const context = {
    ...{ server: name, inputs: [], variables: new Variables(), hasBareNames: false },
    ...{ folder: directory, untypedIsSse: false },
    note: (note: Note): void => void notes.push(note),
  };
  if ('module' in start) {
    const variables = convertEnv(env, context);
    const hasEnv = Object.keys(variables).length > 0;
    return { entry: { ...start, ...keys, ...(hasEnv && { env: variables }) }, notes };
  }
  const written = {
    ...start,
    ...(Object.keys(env).length > 0 && { env }),
    ...(Object.keys(headers).length > 0 && { headers }),
  };
  // The check of the whole file reports what has no counterpart.
  const entry = convertEntry(written, context) ?? start;
  return { entry: { ...entry, ...keys }, notes };
}
