// Formats in which entries are added and cut out whole, because their text cannot be changed more finely.

/** An entry as the file should hold it. */
export interface NamedEntry {
  readonly name: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** How such a file is read and changed. Each function throws an Error that says what is wrong with the text. */
export interface EntriesFormat {
  /** Entries by name. */
  readonly read: (text: string, root: string) => Readonly<Record<string, unknown>>;
  readonly append: (text: string, root: string, entries: readonly NamedEntry[]) => string;
  readonly remove: (text: string, root: string, name: string) => string;
}
