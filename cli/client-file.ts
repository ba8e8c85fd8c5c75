// A client's JSON file (comments allowed): what differs from the wanted entries, and the same text with that repaired.
// Only what is ours is touched: foreign entries, comments, formatting and further keys of our entries stay.

import { isDeepStrictEqual } from 'node:util';
import {
  applyEdits,
  findNodeAtLocation,
  type JSONPath,
  modify,
  type Node,
  type ParseError,
  parse,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import {
  appInput,
  askedAppUrl,
  atFirst,
  type ClientEntry,
  keyInput,
  openKey,
  toFileEntry,
} from './client-entries.ts';
import type { Client } from './clients.ts';
import { insertValue } from './jsonc-insert.ts';

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
  /** Entries of our names are ours wherever they lead. */
  readonly replaces: boolean;
}

/** @throws Error when the text is not a JSON object that can hold entries */
export function findChanges(text: string, wanted: WantedEntries): Change[] {
  const { client, entries } = wanted;
  const file = parseObject(text);
  const key = client.root;
  const existing = (Object.hasOwn(file, key) ? file[key] : undefined) ?? {};
  if (!isObject(existing))
    throw new Error(`expected "${key}" to be an object; nothing was changed`);
  refuseTwice(text, wanted);
  return [
    ...entries.flatMap((entry) => {
      const found = Object.hasOwn(existing, entry.name) ? existing[entry.name] : undefined;
      return entryChanges(found, entry, wanted);
    }),
    ...Object.entries(existing)
      .filter(([name, entry]) => isGone(name, entry, wanted))
      .map(([name]) => ({
        path: [key, name],
        value: undefined,
        drift: goneBecause(name, wanted),
      })),
    ...inputChanges(file.inputs, wanted),
  ];
}

/** The text with the changes made, each as the smallest edit. */
export function applyChanges(text: string, changes: readonly Change[]): string {
  return changes.reduce((current, { path, value }) => {
    const tree = parseTree(current, [], { allowTrailingComma: true });
    const isThere = tree !== undefined && findNodeAtLocation(tree, path) !== undefined;
    if (!isThere) return insertValue(current, path, value);
    return applyEdits(current, modify(current, path, value, {}));
  }, text);
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
  return [
    ...leaves(value).flatMap(([keys, expected]) => {
      const got = valueAt(found, keys);
      const isFilledIn = expected === openKey && typeof got === 'string' && got !== '';
      if (isFilledIn || isDeepStrictEqual(got, expected)) return [];
      // What is there may be a key that someone pasted: it is not repeated.
      const drift = `${entry.name}: expected ${JSON.stringify(expected)} as ${keys.join('.')}`;
      return [{ path: [...path, ...keys], value: expected, drift }];
    }),
    ...(entry.needsKey ? [] : leftKey(found, entry, client)),
  ];
}

/** A placeholder of ours goes where no key is needed any more; a key that someone typed in stays. */
function leftKey(found: Record<string, unknown>, { name }: ClientEntry, client: Client): Change[] {
  return leaves(client.key).flatMap(([keys, template]) => {
    const isPlaceholder =
      template === openKey &&
      client.keyPlaceholder !== undefined &&
      valueAt(found, keys) === client.keyPlaceholder;
    if (!isPlaceholder) return [];
    const parent = valueAt(found, keys.slice(0, -1));
    const isOnly = isObject(parent) && Object.keys(parent).length === 1;
    const path = [client.root, name, ...(isOnly ? keys.slice(0, -1) : keys)];
    return [{ path, value: undefined, drift: `${name}: expected no ${keys.join('.')}` }];
  });
}

function isOurs(found: object, { name, url }: ClientEntry, { bases }: WantedEntries): boolean {
  const address = addressOf(found);
  const path = pathOf(url);
  return (
    address === url ||
    bases.some(
      ({ target, baseUrl }) => address === `${baseUrl}${path}` || name.endsWith(`-${target}`),
    )
  );
}

/** A loopback address may be another project's: there only names with the target are ours. */
function isGone(name: string, entry: unknown, { entries, bases }: WantedEntries): boolean {
  const address = addressOf(entry);
  return (
    !entries.some((wanted) => wanted.name === name) &&
    bases.some(
      ({ target, baseUrl }) =>
        address.startsWith(`${baseUrl}/`) &&
        (name.endsWith(`-${target}`) ||
          (baseUrl.startsWith('https:') && address === `${baseUrl}/${name}/mcp`)),
    )
  );
}

function goneBecause(name: string, { entries, bases }: WantedEntries): string {
  const renamed = entries.find((entry) =>
    bases.some(({ target }) => name === `${entry.name}-${target}`),
  );
  return renamed === undefined
    ? `${name} belongs to no enabled server`
    : `${name} is called ${renamed.name} now`;
}

function inputChanges(inputs: unknown, { client, entries }: WantedEntries): Change[] {
  if (client.asks === undefined) return [];
  const list: unknown[] = Array.isArray(inputs) ? inputs : [];
  const missing = inputsFor(entries).filter(
    ({ id }) => !list.some((input) => isObject(input) && input.id === id),
  );
  const drift = missing.map(({ id }) => `the input ${id} is missing`);
  if (Array.isArray(inputs)) {
    return missing.map((input, index) => ({
      path: ['inputs', inputs.length + index],
      value: input,
      drift: drift[index] as string,
    }));
  }
  return missing.length === 0
    ? []
    : [{ path: ['inputs'], value: missing, drift: drift.join(', ') }];
}

/** The questions that these entries need answered. */
export function inputsFor(entries: readonly ClientEntry[]) {
  return [
    ...(entries.some(({ url }) => url.startsWith(askedAppUrl)) ? [appInput] : []),
    ...(entries.some(({ needsKey }) => needsKey) ? [keyInput] : []),
  ];
}

/** Comments and trailing commas are allowed, as clients allow them. */
function parseObject(text: string): Record<string, unknown> {
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error !== undefined) {
    throw new Error(
      `expected JSON, got ${printParseErrorCode(error.error)} in line ${lineAt(text, error.offset)}; nothing was changed`,
    );
  }
  if (!isObject(value)) throw new Error('expected a JSON object; nothing was changed');
  return value;
}

/** Programs disagree on which of two values counts, so neither is edited. */
function refuseTwice(text: string, { client, entries }: WantedEntries): void {
  const tree = parseTree(text, [], { allowTrailingComma: true });
  const root = tree && findNodeAtLocation(tree, [client.root]);
  const ours = new Set(entries.map(({ name }) => name));
  const places = [
    ...membersOf(tree).filter(({ name }) => name === client.root || name === 'inputs'),
    ...membersOf(root).filter(({ name }) => ours.has(name)),
  ];
  for (const { name, offset } of places) {
    const lines = places.filter((place) => place.name === name);
    if (lines.length < 2) continue;
    const where = lines.map((place) => lineAt(text, place.offset)).join(' and ');
    const first = lineAt(text, offset);
    throw new Error(
      `"${name}" stands twice (lines ${where}); nothing was changed. Fix: delete one, for example that in line ${first}`,
    );
  }
}

function membersOf(node: Node | undefined): { name: string; offset: number }[] {
  if (node?.type !== 'object') return [];
  return (node.children ?? []).map(({ offset, children }) => ({
    name: String(children?.[0]?.value),
    offset,
  }));
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** Paths and values of everything in an object that is no object itself. */
function leaves(value: object): [string[], unknown][] {
  return Object.entries(value).flatMap(([key, inner]): [string[], unknown][] =>
    isObject(inner)
      ? leaves(inner).map(([keys, leaf]): [string[], unknown] => [[key, ...keys], leaf])
      : [[[key], inner]],
  );
}

function valueAt(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), value);
}

/** True for what braces make in JSON and tables in TOML. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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
  return all.find((text): text is string => /^https?:/.test(String(text))) ?? '';
}

function pathOf(url: string): string {
  return url.replace(/^https?:\/\/[^/]+/, '');
}
