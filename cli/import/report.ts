// The report of an import: what happened to each server of a client's file.

import type { JsonValue } from './entry.ts';

/** Something that is not as it was in the client's file, and what to do about it. */
export interface Note {
  /** Where and what: "env.TOKEN: a secret is not copied". Never the value of a secret. */
  readonly what: string;
  readonly fix: string;
}

/** One server of the client's file. */
export interface ImportedServer {
  /** As the client calls it. */
  readonly from: string;
  /** Its name in servers.yaml. */
  readonly name: string;
  /** Absent when it cannot be converted: the last note says why. */
  readonly entry?: Readonly<Record<string, JsonValue>>;
  readonly notes: readonly Note[];
}
