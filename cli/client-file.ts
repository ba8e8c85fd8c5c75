// A client's JSON file (comments allowed): what differs from the wanted entries, and the same text
// with that repaired. Only what is ours is touched: foreign entries, comments, formatting and
// further keys of our entries stay.

import { isDeepStrictEqual } from 'node:util';
import {
  applyEdits,
  findNodeAtLocation,
  type JSONPath,
  modify,
  type ParseError,
  parse,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import {
  appInput,
  askedAppUrl,
  type ClientEntry,
  type Form,
  keyHeader,
  keyInput,
  keyPlaceholders,
  toFileEntry,
} from './client-entries.ts';
import { insertValue } from './jsonc-insert.ts';

/** One difference between the file and the wanted entries. */
export interface Change {
  readonly path: JSONPath;
  /** undefined: take it out. */
  readonly value: unknown;
  /** What is wrong with the file, for people. */
  readonly drift: string;
}

/** What the file should hold. */
export interface WantedEntries {
  readonly form: Form;
  readonly entries: readonly ClientEntry[];
  /**
   * Ours, too, are entries of servers that are gone: named `*-<target>` and at this target's
   * address.
   */
  readonly bases: readonly { readonly target: string; readonly baseUrl: string }[];
}

/** @throws Error when the text is not a JSON object that can hold entries */
export function findChanges(text: string, wanted: WantedEntries): Change[] {
  const { form, entries, bases } = wanted;
  const file = parseObject(text);
  const key = form === 'vscode' ? 'servers' : 'mcpServers';
  const existing = file[key] ?? {};
  if (!isObject(existing))
    throw new Error(`expected "${key}" to be an object; nothing was changed`);
  const names = new Set(entries.map(({ name }) => name));
  const isGone = ([name, entry]: [string, unknown]): boolean =>
    !names.has(name) &&
    bases.some(
      ({ target, baseUrl }) =>
        name.endsWith(`-${target}`) && urlOf(entry).startsWith(`${baseUrl}/`),
    );
  return [
    ...entries.flatMap((entry) =>
      entryChanges(existing[entry.name], entry, form, [key, entry.name]),
    ),
    ...Object.entries(existing)
      .filter(isGone)
      .map(([name]) => ({
        path: [key, name],
        value: undefined,
        drift: `${name} belongs to no enabled server`,
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

/** Of an entry that is there, only its type, its address and the key's header are ours. */
function entryChanges(found: unknown, entry: ClientEntry, form: Form, path: JSONPath): Change[] {
  const wanted = toFileEntry(entry, form);
  if (found === undefined) return [{ path, value: wanted, drift: `${entry.name} is missing` }];
  if (!isObject(found)) return [{ path, value: wanted, drift: `${entry.name} is no object` }];
  const headers = isObject(found.headers) ? found.headers : {};
  const differences: [string[], unknown, unknown][] = [
    [['type'], found.type, wanted.type],
    [['url'], found.url, wanted.url],
  ];
  const key = headers[keyHeader];
  if (entry.needsKey) differences.push([['headers', keyHeader], key, keyPlaceholders[form]]);
  else if (Object.values(keyPlaceholders).includes(String(key))) {
    const isOnlyHeader = Object.keys(headers).length === 1;
    differences.push([isOnlyHeader ? ['headers'] : ['headers', keyHeader], key, undefined]);
  }
  return differences
    .filter(([, got, expected]) => !isDeepStrictEqual(got, expected))
    .map(([keys, , value]) => {
      // What is there may be a key that someone pasted: it is not repeated.
      const expected = value === undefined ? 'no' : `${JSON.stringify(value)} as`;
      const drift = `${entry.name}: expected ${expected} ${keys.join('.')}`;
      return { path: [...path, ...keys], value, drift };
    });
}

function inputChanges(inputs: unknown, { form, entries }: WantedEntries): Change[] {
  if (form !== 'vscode') return [];
  const list: unknown[] = Array.isArray(inputs) ? inputs : [];
  const missing = [
    ...(entries.some(({ url }) => url.startsWith(askedAppUrl)) ? [appInput] : []),
    ...(entries.some(({ needsKey }) => needsKey) ? [keyInput] : []),
  ].filter(({ id }) => !list.some((input) => isObject(input) && input.id === id));
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

/** Comments and trailing commas are allowed, as clients allow them. */
function parseObject(text: string): Record<string, unknown> {
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error !== undefined) {
    const line = text.slice(0, error.offset).split('\n').length;
    throw new Error(
      `expected JSON, got ${printParseErrorCode(error.error)} in line ${line}; nothing was changed`,
    );
  }
  if (!isObject(value)) throw new Error('expected a JSON object; nothing was changed');
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function urlOf(entry: unknown): string {
  return isObject(entry) && typeof entry.url === 'string' ? entry.url : '';
}
