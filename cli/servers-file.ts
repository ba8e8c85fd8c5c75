// The entries of a servers.yaml as text: added, removed and switched on or off, while everything else in
// the file stays as it is.

import { isDeepStrictEqual } from 'node:util';
import { Document, parseDocument, visit } from 'yaml';
import { isObject, memberOf } from '../config/json-value.ts';
import { parseConfig } from '../config/load.ts';
import { nearestWord } from '../config/spelling.ts';
import { readYaml } from '../config/yaml.ts';
import { ExplainedError } from './explained-error.ts';
import type { JsonValue } from './import/entry.ts';
import { insertPair, removePair, replaceScalar } from './yaml-edit.ts';

export type Entry = Readonly<Record<string, JsonValue>>;

export type Entries = Readonly<Record<string, Entry>>;

const SECTION = 'servers';

/** A whole file. */
export function toYaml(servers: Entries): string {
  return render({ [SECTION]: servers }, 2);
}

/** One entry as a person can put it below `servers:`. */
export function toEntryText(name: string, entry: Entry): string {
  return toYaml({ [name]: entry })
    .split('\n')
    .slice(1)
    .join('\n')
    .trimEnd();
}

/** Whether there is nothing but comments. */
export function isEmpty(text: string): boolean {
  return text.replaceAll(/^\s*#.*$/gm, '').trim() === '';
}

/** @throws ConfigError for a text that cannot be read, ExplainedError when there is no such entry */
export function refuseUnknown(text: string, name: string, file: string): void {
  const { value } = readYaml(text);
  if (value === undefined) parseConfig(text, file);
  const servers = serversOf(value);
  if (memberOf(servers, name) !== undefined) return;
  const nearest = nearestWord(name, Object.keys(servers));
  throw new ExplainedError(
    `servers.yaml has no server ${JSON.stringify(name)}`,
    nearest === undefined
      ? `name one of: ${Object.keys(servers).join(', ') || '(there is none)'}`
      : `did you mean "${nearest}"?`,
  );
}

/**
 * The text with the entries at the end of `servers`.
 * @returns undefined when there is no place where they can be added without changing something else
 */
export function addEntries(text: string, servers: Entries): string | undefined {
  return Object.entries(servers).reduce<string | undefined>(
    (before, [name, entry]) => (before === undefined ? before : addEntry(before, name, entry)),
    text,
  );
}

/** The text without an entry. @returns undefined as {@link addEntries}. */
export function removeEntry(text: string, name: string): string | undefined {
  const value = readValue(text);
  const { [name]: _, ...others } = serversOf(value);
  const removed = removePair(text, [SECTION, name]);
  // Behind its last entry, a block is empty.
  const left = Object.keys(others).length > 0 ? [others] : [others, null];
  return left.some((servers) => verified(removed, { ...value, [SECTION]: servers }) !== undefined)
    ? removed
    : undefined;
}

/** The text with another `enabled` of an entry. @returns undefined as {@link addEntries}. */
export function setEnabled(text: string, name: string, enabled: boolean): string | undefined {
  const value = readValue(text);
  const servers = serversOf(value);
  const entry = memberOf(servers, name);
  if (!isObject(entry)) return undefined;
  const path = [SECTION, name];
  const changed =
    memberOf(entry, 'enabled') === undefined
      ? insertPair(text, { path, isSpaced: false, render: () => `enabled: ${enabled}` })
      : replaceScalar(text, [...path, 'enabled'], String(enabled));
  return verified(changed, { ...value, [SECTION]: { ...servers, [name]: { ...entry, enabled } } });
}

function addEntry(text: string, name: string, entry: Entry): string | undefined {
  const value = readValue(text);
  const servers = serversOf(value);
  if (value !== undefined && !isObject(value)) return undefined;
  const expected = { ...value, [SECTION]: { ...servers, [name]: entry } };
  const isListed = memberOf(value, SECTION) !== undefined;
  return verified(
    isListed ? insertEntry(text, name, entry) : appendSection(text, name, entry),
    expected,
  );
}

function insertEntry(text: string, name: string, entry: Entry): string | undefined {
  return insertPair(text, {
    path: [SECTION],
    isSpaced: true,
    render: ({ isFlow, step }) =>
      isFlow ? inFlow(name, entry) : render({ [name]: entry }, step).trimEnd(),
  });
}

/** JSON is YAML in a flow map, in a file of JSON too. */
function inFlow(name: string, entry: Entry): string {
  return `${JSON.stringify(name)}: ${JSON.stringify(entry)}`;
}

function appendSection(text: string, name: string, entry: Entry): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const isWhole = text === '' || text.endsWith('\n');
  const section = toYaml({ [name]: entry }).replaceAll('\n', eol);
  return `${text}${isWhole ? '' : eol}${text.trim() === '' ? '' : eol}${section}`;
}

function render(value: object, indent: number): string {
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
function readValue(text: string): Record<string, unknown> | undefined {
  const document = parseDocument(text);
  return document.errors.length > 0 ? undefined : (document.toJS() ?? undefined);
}

function serversOf(value: unknown): Record<string, unknown> {
  const servers = memberOf(value, SECTION);
  return isObject(servers) ? servers : {};
}

/** A change that would say something else is none. */
function verified(text: string | undefined, expected: object): string | undefined {
  if (text === undefined) return undefined;
  try {
    return isDeepStrictEqual(readValue(text), expected) ? text : undefined;
  } catch {
    // Too many aliases, or one whose anchor is gone.
    return undefined;
  }
}
