// Compares a client's JSON file (comments allowed) with the wanted entries, and repairs it. It
// changes only our entries: other entries, comments and formatting stay.

import { isDeepStrictEqual } from 'node:util';
import { findNodeAtLocation, type JSONPath } from 'jsonc-parser';
import { atFirst, type ClientEntry, inputsFor, toFileEntry } from '../clients/client-entries.ts';
import type { Client } from '../clients/clients.ts';
import { isObject, memberOf } from '../config/json-value.ts';
import { compareEntry } from './entry-differences.ts';
import { removeValue, setValue } from './jsonc-edit.ts';
import { type JsonFile, readJson, refuseTwice } from './jsonc-read.ts';

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

/** What the file should hold. */
export interface WantedEntries {
  readonly client: Client;
  readonly entries: readonly ClientEntry[];
  /** Ours, too, are entries at these addresses that have our name, with or without the target. */
  readonly bases: readonly { readonly target: string; readonly baseUrl: string }[];
  /** Of the deployment, when it is known: sign-in fields that hold it are ours. */
  readonly clientId?: string | undefined;
  /** Entries of our names are ours wherever they lead. */
  readonly replaces: boolean;
}

/** @throws Error when the text is not a JSON object that can hold entries */
export function findChanges(text: string, wanted: WantedEntries): Change[] {
  const { client, entries } = wanted;
  const file = readJson(text);
  const key = client.root;
  const existing = Object.hasOwn(file.value, key) ? file.value[key] : {};
  if (!isObject(existing)) {
    throw new Error(
      `expected "${key}" to be an object; nothing was changed. Fix: write {} in its place`,
    );
  }
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
    if (value === undefined) delete place[last];
    else place[last] = readJson(JSON.stringify({ value })).value.value;
  }
  return file;
}

function refuseTwiceOurs(
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
  if (!isObject(found)) return [{ path, value: whole, drift: `${entry.name} is no object` }];
  if (!wanted.replaces && !isOurs(found, entry, wanted)) {
    return [{ path, value: whole, drift: `${entry.name} leads to another address`, isTaken: true }];
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

function isOurs(found: object, { url }: ClientEntry, { bases }: WantedEntries): boolean {
  const address = addressOf(found);
  const path = pathOf(url);
  return address === url || bases.some(({ baseUrl }) => address === `${baseUrl}${path}`);
}

/**
 * Name and address must both be those that we give. A loopback address may be another project's: of one target alone,
 * only the earlier names of servers that are there are ours.
 */
function isGone(name: string, entry: unknown, { entries, bases }: WantedEntries): boolean {
  if (entries.some((wanted) => wanted.name === name)) return false;
  const address = addressOf(entry);
  const isOneTarget = new Set(bases.map(({ target }) => target)).size === 1;
  return bases.some(({ target, baseUrl }) => {
    const suffix = `-${target}`;
    const server = name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
    const isRenamed = entries.some(
      (wanted) => wanted.name === server && address === `${baseUrl}${pathOf(wanted.url)}`,
    );
    const isLoopback = !baseUrl.startsWith('https:');
    const isSure = isLoopback ? !isOneTarget && server !== name : true;
    return isRenamed || (isSure && address === `${baseUrl}/${server}/mcp`);
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

/** The address by any client's name for it; of a bridge, the argument that is one. */
function addressOf(entry: unknown): string {
  if (!isObject(entry)) return '';
  const all = [
    entry.url,
    entry.serverUrl,
    entry.httpUrl,
    ...(Array.isArray(entry.args) ? entry.args : []),
  ];
  return (
    all.find((text): text is string => typeof text === 'string' && /^https?:/.test(text)) ?? ''
  );
}

function pathOf(url: string): string {
  return url.replace(/^https?:\/\/[^/]+/, '');
}
