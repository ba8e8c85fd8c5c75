// Compares a client's JSON file (comments allowed) with the wanted entries, and repairs it. It
// changes only our entries: other entries, comments and formatting stay.

import { isDeepStrictEqual } from 'node:util';
import { findNodeAtLocation, type JSONPath } from 'jsonc-parser';
import type { Client } from '../clients/client.ts';
import { atFirst, type ClientEntry, inputsFor, toFileEntry } from '../clients/client-entries.ts';
import { isObject, memberOf } from '../config/json-value.ts';
import { compareEntry } from './entry-differences.ts';
import { isGone, isOurs } from './entry-owner.ts';
import { removeValue, setValue } from './jsonc-edit.ts';
import { type JsonFile, readJson, refuseTwice } from './jsonc-read.ts';
import type { WantedEntries } from './wanted-entries.ts';

/** One difference between the file and the wanted entries. */
export interface Change {
  readonly path: JSONPath;
  /** undefined: take it out. */
  readonly value: unknown;
  /** What is wrong with the file, for people. */
  readonly drift: string;
  /** The name is taken by an entry that we may not change. */
  readonly isTaken?: true;
}

/** @throws Error when the text is not a JSON object that can hold entries */
export function findChanges(text: string, wanted: WantedEntries): Change[] {
  const { client, entries } = wanted;
  const file = readJson(text);
  const key = client.root;
  const existing = entriesIn(file, client);
  const gone = Object.keys(existing).filter((name) => isGone(name, existing[name], wanted));
  refuseTwiceOurs(text, file, client, [...entries.map(({ name }) => name), ...gone]);
  return [
    ...entries.flatMap((entry) => entryChanges(memberOf(existing, entry.name), entry, wanted)),
    ...gone.map((name) => ({
      path: [key, name],
      value: undefined,
      drift: goneBecause(name, wanted),
    })),
    ...inputChanges(file.value, wanted),
  ];
}

/** @throws Error when there is something else in their place */
export function entriesIn({ value }: JsonFile, { root }: Client): Record<string, unknown> {
  const existing = Object.hasOwn(value, root) ? value[root] : {};
  if (isObject(existing)) return existing;
  throw new Error(
    `expected "${root}" to be an object; nothing was changed. Fix: write {} in its place`,
  );
}

/**
 * The text with the changes made, each as the smallest edit.
 * @throws Error when the text that comes out would not hold the changes, or anything else than before
 */
export function applyChanges(text: string, changes: readonly Change[]): string {
  const merged = changes.reduce(
    (current, { path, value }) =>
      value === undefined ? removeValue(current, path) : setValue(current, path, value),
    text,
  );
  if (!holdsChanges(merged, text, changes)) {
    throw new Error(
      'the changes cannot be merged safely; nothing was changed. ' +
        'Fix: print the entries (--format file) and put them into the file yourself',
    );
  }
  return merged;
}

function holdsChanges(merged: string, text: string, changes: readonly Change[]): boolean {
  try {
    return isDeepStrictEqual(readJson(merged).value, valueAfter(text, changes));
  } catch {
    return false;
  }
}

/** The changes made to the values, by which the edits of the text are checked. */
function valueAfter(text: string, changes: readonly Change[]): unknown {
  const file = readJson(text).value;
  for (const { path, value } of changes) {
    let place: Record<string | number, unknown> = file;
    for (const key of path.slice(0, -1)) {
      place[key] ??= Object.create(null);
      place = place[key] as Record<string | number, unknown>;
    }
    const last = path.at(-1) as string | number;
    // A text in a map of its own gives the value without what objects inherit, as the file does.
    if (value === undefined && Array.isArray(place)) place.splice(last as number, 1);
    else if (value === undefined) delete place[last];
    else place[last] = readJson(JSON.stringify({ value })).value.value;
  }
  return file;
}

/** @param names of the entries that are to be changed */
export function refuseTwiceOurs(
  text: string,
  { tree }: JsonFile,
  { root }: Client,
  names: readonly string[],
): void {
  refuseTwice(text, tree, new Set([root, 'inputs']));
  refuseTwice(text, findNodeAtLocation(tree, [root]), new Set(names));
  for (const name of names) refuseTwice(text, findNodeAtLocation(tree, [root, name]));
}

/** Of an entry that is there, only what we would write is ours. */
function entryChanges(found: unknown, entry: ClientEntry, wanted: WantedEntries): Change[] {
  const { client } = wanted;
  const path = [client.root, entry.name];
  const value = toFileEntry(entry, client);
  const whole = { ...value, ...atFirst(entry, client) };
  if (found === undefined) return [{ path, value: whole, drift: `${entry.name} is missing` }];
  if (!isObject(found)) return [{ path, value: whole, drift: `${entry.name} is not an object` }];
  if (!wanted.replaces && !isOurs(found, entry, wanted)) {
    return [{ path, value: whole, drift: `${entry.name} has another address`, isTaken: true }];
  }
  return compareEntry(found, value, entry, client, wanted.clientId).map(({ keys, expected }) => {
    // What is there may be a key that someone pasted: it is not repeated.
    const what = expected === undefined ? 'no' : `${JSON.stringify(expected)} as`;
    return {
      path: [...path, ...keys],
      value: expected,
      drift: `${entry.name}: expected ${what} ${keys.join('.')}`,
    };
  });
}

function goneBecause(name: string, { entries, bases }: WantedEntries): string {
  const renamed = entries.find((entry) =>
    bases.some(({ target }) => name === `${entry.name}-${target}`),
  );
  return renamed === undefined
    ? `${name} belongs to no enabled server`
    : `${name} is called ${renamed.name} now`;
}

function inputChanges(file: Record<string, unknown>, { client, entries }: WantedEntries): Change[] {
  if (client.asks === undefined) return [];
  const { inputs } = file;
  const list: readonly unknown[] = Array.isArray(inputs) ? inputs : [];
  const missing = inputsFor(entries).filter(
    ({ id }) => !list.some((input) => isObject(input) && input.id === id),
  );
  if (missing.length === 0) return [];
  const drifts = missing.map(({ id }) => `the input ${id} is missing`);
  if (inputs === undefined) return [{ path: ['inputs'], value: missing, drift: drifts.join(', ') }];
  if (!Array.isArray(inputs)) {
    throw new Error(
      'expected "inputs" to be a list; nothing was changed. Fix: write [] in its place',
    );
  }
  return missing.map((input, index) => ({
    path: ['inputs', inputs.length + index],
    value: input,
    drift: drifts[index] as string,
  }));
}
