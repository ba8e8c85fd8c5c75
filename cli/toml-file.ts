// A client's TOML file. No library writes TOML without losing comments, so an entry is appended as text, and one that
// is there is never changed.

import { isDeepStrictEqual } from 'node:util';
import { parse, stringify, TomlError } from 'smol-toml';
import { isObject, memberOf } from '../config/json-value.ts';

/** An entry as the file should hold it. */
export interface NamedEntry {
  readonly name: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** What its owner or the client has added does not count. */
  readonly isHeldBy: (found: unknown) => boolean;
}

/** What is there and what is not. */
export interface TomlState {
  readonly missing: readonly NamedEntry[];
  /** Names that are taken by something else. */
  readonly taken: readonly string[];
}

/** @throws Error when the text is no TOML, or cannot hold entries */
export function compareToml(text: string, root: string, entries: readonly NamedEntry[]): TomlState {
  const table = entriesOf(readToml(text), root);
  const missing = entries.filter(({ name }) => !Object.hasOwn(table, name));
  const taken = entries.filter(
    ({ name, isHeldBy }) => Object.hasOwn(table, name) && !isHeldBy(table[name]),
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
  const expected = readToml(text);
  const ours = readToml(added.join('\n'));
  const table = memberOf(expected, root);
  if (isObject(table)) Object.assign(table, ours[root]);
  else Object.assign(expected, ours);
  if (!holds(result, expected)) {
    throw new Error(
      `no table can be added to "${root}"; nothing was changed. ` +
        `Fix: write its content as separate tables, such as [${root}.name]`,
    );
  }
  return result;
}

function holds(text: string, expected: unknown): boolean {
  try {
    return isDeepStrictEqual(readToml(text), expected);
  } catch {
    return false;
  }
}

/** @throws Error when the text is no TOML */
export function readToml(text: string): Record<string, unknown> {
  try {
    // An integer that JavaScript cannot hold as a number is somebody else's, and valid.
    return parse(text, { integersAsBigInt: 'asNeeded' });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [sentence = ''] = error.message.replace('Invalid TOML document: ', '').split('\n');
    throw new Error(
      `expected TOML, got an error at line ${error.line}: ${sentence}; nothing was changed. ` +
        'Fix: correct that line',
      { cause: error },
    );
  }
}

function entriesOf(file: Record<string, unknown>, root: string): Record<string, unknown> {
  const table = memberOf(file, root) ?? {};
  if (!isObject(table)) {
    throw new Error(
      `expected "${root}" to be a table; nothing was changed. Fix: delete or rename that key`,
    );
  }
  return table;
}
