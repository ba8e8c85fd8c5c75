// From the `command` and `args` of an entry to the program that is really started, or to why there
// is none. `check` and the host ask here.

/** What is started, without a shell. */
export interface Program {
  /** Absolute path. */
  readonly file: string;
  readonly args: readonly string[];
}
