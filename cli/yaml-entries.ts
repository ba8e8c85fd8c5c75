// Entries below one key of a YAML text: added and taken out, while everything else in the text stays as it is.

import { isDeepStrictEqual } from 'node:util';
import { Document, parseDocument, visit } from 'yaml';
import { isObject, memberOf } from '../config/json-value.ts';
import { insertPair, removePair } from './yaml-edit.ts';

/** Where entries stand. */
export interface Section {
  readonly key: string;
  /** A blank line stands between entries. */
  readonly isSpaced: boolean;
}

/** @returns undefined when there is no place where it can be added without changing something else */
export function addEntry(
  text: string,
  section: Section,
  name: string,
  entry: object,
): string | undefined {
  const { key } = section;
  const value = readValue(text);
  if (value !== undefined && !isObject(value)) return undefined;
  const expected = { ...value, [key]: { ...entriesOf(value, key), [name]: entry } };
  const isListed = memberOf(value, key) !== undefined;
  return verified(
    isListed ? insertEntry(text, section, name, entry) : appendSection(text, key, name, entry),
    expected,
  );
}

/** The text without an entry. @returns undefined as {@link addEntry}. */
export function removeEntry(text: string, key: string, name: string): string | undefined {
  const value = readValue(text);
  const { [name]: _, ...others } = entriesOf(value, key);
  const removed = removePair(text, [key, name]);
  // Behind its last entry, a block is empty.
  const left = Object.keys(others).length > 0 ? [others] : [others, null];
  return left.some((entries) => verified(removed, { ...value, [key]: entries }) !== undefined)
    ? removed
    : undefined;
}

/** The text without the key and what is below it. @returns undefined as {@link addEntry}. */
export function removeSection(text: string, key: string): string | undefined {
  const { [key]: _, ...others } = readValue(text) ?? {};
  return verified(removePair(text, [key]), others);
}

function insertEntry(
  text: string,
  { key, isSpaced }: Section,
  name: string,
  entry: object,
): string | undefined {
  return insertPair(text, {
    path: [key],
    isSpaced,
    render: ({ isFlow, step }) =>
      isFlow ? inFlow(name, entry) : renderYaml({ [name]: entry }, step).trimEnd(),
  });
}

/** JSON is YAML in a flow map, in a file of JSON too. */
function inFlow(name: string, entry: object): string {
  return `${JSON.stringify(name)}: ${JSON.stringify(entry)}`;
}

function appendSection(text: string, key: string, name: string, entry: object): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const isWhole = text === '' || text.endsWith('\n');
  const section = renderYaml({ [key]: { [name]: entry } }, 2).replaceAll('\n', eol);
  return `${text}${isWhole ? '' : eol}${text.trim() === '' ? '' : eol}${section}`;
}

/** @param indent blanks for each level */
export function renderYaml(value: object, indent: number): string {
  const document = new Document(value);
  visit(document, {
    Scalar(key, node) {
      // Other readers take 1_000 for a number.
      if (key !== 'key' && typeof node.value === 'string' && /^[-+.]?\d/.test(node.value)) {
        node.type = 'QUOTE_DOUBLE';
      }
    },
  });
  return document.toString({ lineWidth: 0, indent });
}

/** Undefined also for a text that cannot be read. */
export function readValue(text: string): Record<string, unknown> | undefined {
  const document = parseDocument(text);
  return document.errors.length > 0 ? undefined : (document.toJS() ?? undefined);
}

export function entriesOf(value: unknown, key: string): Record<string, unknown> {
  const entries = memberOf(value, key);
  return isObject(entries) ? entries : {};
}

/** A change that would say something else is none. */
export function verified(text: string | undefined, expected: object): string | undefined {
  if (text === undefined) return undefined;
  try {
    return isDeepStrictEqual(readValue(text) ?? {}, expected) ? text : undefined;
  } catch {
    // Too many aliases, or one whose anchor is gone.
    return undefined;
  }
}
