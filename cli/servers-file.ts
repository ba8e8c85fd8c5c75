// The entries of a servers.yaml as text: added, removed and switched on or off, while everything else in
// the file stays as it is.

import { isObject, memberOf } from '../config/json-value.ts';
import { parseConfig } from '../config/load.ts';
import { nearestWord } from '../config/spelling.ts';
import { readYaml } from '../config/yaml.ts';
import { ExplainedError } from './explained-error.ts';
import type { JsonValue } from './import/entry.ts';
import { insertPair, replaceScalar } from './yaml-edit.ts';
import {
  addEntry,
  entriesOf,
  readValue,
  removeEntry as removeFrom,
  renderYaml,
  verified,
} from './yaml-entries.ts';

export type Entry = Readonly<Record<string, JsonValue>>;

export type Entries = Readonly<Record<string, Entry>>;

const SECTION = { key: 'servers', isSpaced: true } as const;

/** A whole file. */
export function toYaml(servers: Entries): string {
  return renderYaml({ [SECTION.key]: servers }, 2);
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

/** @throws ConfigError for a text that cannot be read, ExplainedError for an unknown entry */
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
    (before, [name, entry]) =>
      before === undefined ? before : addEntry(before, SECTION, name, entry),
    text,
  );
}

/** The text without an entry. @returns undefined as {@link addEntries}. */
export function removeEntry(text: string, name: string): string | undefined {
  return removeFrom(text, SECTION.key, name);
}

/** The text with another `enabled` of an entry. @returns undefined as {@link addEntries}. */
export function setEnabled(text: string, name: string, enabled: boolean): string | undefined {
  const value = readValue(text);
  const servers = serversOf(value);
  const entry = memberOf(servers, name);
  if (!isObject(entry)) return undefined;
  const path = [SECTION.key, name];
  const changed =
    memberOf(entry, 'enabled') === undefined
      ? insertPair(text, { path, isSpaced: false, render: () => `enabled: ${enabled}` })
      : replaceScalar(text, [...path, 'enabled'], String(enabled));
  return verified(changed, {
    ...value,
    [SECTION.key]: { ...servers, [name]: { ...entry, enabled } },
  });
}

function serversOf(value: unknown): Record<string, unknown> {
  return entriesOf(value, SECTION.key);
}
