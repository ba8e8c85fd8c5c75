// What a rule of servers.yaml looks at, and what it answers.

import type { Problem } from './formats.ts';
import type { ServerConfig } from './schema.ts';
import type { ValuePath } from './yaml.ts';

/** A broken rule: at which value (or key), and what is wrong. */
export interface Violation extends Problem {
  readonly path: ValuePath;
  readonly target?: 'key' | 'value';
}

/** What the rules look at. */
export interface Checked {
  /** Servers without faults of their own, merged with the defaults. */
  readonly servers: readonly ServerConfig[];
  /** True if the key is in the server itself, not only in `defaults`. */
  readonly isWritten: (server: ServerConfig, key: keyof ServerConfig) => boolean;
  /** Names of all servers of the file, also of those with faults. */
  readonly names: ReadonlySet<string>;
  /** `scopes` of `defaults`. */
  readonly defaultScopes: readonly string[];
  /** What the entry says in `type`, which a server does not keep. */
  readonly typeOf: (server: ServerConfig) => string | undefined;
  /** Line of a value, for messages that name two places. */
  readonly lineOf: (place: Pick<Violation, 'path' | 'target'>) => number;
}

export type Rule = (checked: Checked) => Violation[];

/** The value in the server itself, else the server's name. */
export function placeOf(
  server: ServerConfig,
  key: keyof ServerConfig,
  isWritten: Checked['isWritten'],
) {
  return isWritten(server, key)
    ? { path: ['servers', server.name, key], target: 'value' as const }
    : { path: ['servers', server.name], target: 'key' as const };
}
