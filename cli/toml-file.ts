// A client's TOML file. No library writes TOML without losing comments, so an entry is appended as text, and one that
// is there is never changed.

import { isDeepStrictEqual } from 'node:util';
import { parse, stringify, TomlError } from 'smol-toml';
import { isObject } from './json-value.ts';

/** An entry as the file should hold it. */
export interface NamedEntry {
  readonly name: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** What is there and what is not. */
export interface TomlState {
  readonly missing: readonly NamedEntry[];
  /** Names that are taken by something else. */
  readonly taken: readonly string[];
}

/** @throws Error when the text is no TOML, or cannot hold entries */
export function compareToml(text: string, root: string, entries: readonly NamedEntry[]): TomlState {
  const table = entriesOf(read(text), root);
  const missing = entries.filter(({ name }) => !Object.hasOwn(table, name));
  const taken = entries.filter(
    ({ name, value }) => Object.hasOwn(table, name) && !covers(table[name], value),
  );
  return { missing, taken: taken.map(({ name }) => name) };
}

/** @throws Error when a table of this name cannot stand at the end of the text */
export function appendToml(text: string, root: string, entries: readonly NamedEntry[]): string {
  if (entries.length === 0) return text;
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const added = entries.map(({ name, value }) => stringify({ [root]: { [name]: value } }).trim());
  const before = text.trim() === '' ? '' : `${text.trimEnd()}${eol}${eol}`;
  const result = `${before}${added.join('\n\n').replaceAll('\n', eol)}${eol}`;
  if (compareToml(result, root, entries).missing.length > 0) {
    throw new Error(`"${root}" cannot take a further table; nothing was changed`);
  }
  return result;
}

function read(text: string): Record<string, unknown> {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [sentence = ''] = error.message.replace('Invalid TOML document: ', '').split('\n');
    throw new Error(
      `expected TOML, got an error in line ${error.line}: ${sentence}; nothing was changed. ` +
        'Fix: correct that line, or write entries as tables of their own',
      { cause: error },
    );
  }
}

function entriesOf(file: Record<string, unknown>, root: string): Record<string, unknown> {
  const table = file[root] ?? {};
  if (!isObject(table)) throw new Error(`expected "${root}" to be a table; nothing was changed`);
  return table;
}

/** What its owner or the client has added does not count. */
function covers(found: unknown, wanted: unknown): boolean {
  if (!isObject(wanted)) return isDeepStrictEqual(found, wanted);
  return (
    isObject(found) && Object.entries(wanted).every(([key, value]) => covers(found[key], value))
  );
}
