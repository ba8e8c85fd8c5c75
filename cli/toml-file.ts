// A client's TOML file. No library writes TOML without losing comments, so entries are appended and cut out as text, and
// one that is there is never changed.

import { isDeepStrictEqual } from 'node:util';
import { parse, stringify, TomlError } from 'smol-toml';
import { isObject, memberOf } from '../config/json-value.ts';
import type { EntriesFormat, NamedEntry } from './entries-format.ts';

/** Entries are tables below one table, `[root.name]`. */
export const tomlTables: EntriesFormat = {
  read: (text, root) => tablesOf(readToml(text), root),
  append: (text, root, entries) => appendToml(text, root, entries, false),
  remove: (text, root, name) => removeToml(text, root, name, false),
};

/** Entries are an array of tables, `[[root]]`, each with its `name`. */
export const tomlList: EntriesFormat = {
  read: (text, root) =>
    Object.fromEntries(listOf(readToml(text), root).map((entry) => [String(entry.name), entry])),
  append: (text, root, entries) => appendToml(text, root, entries, true),
  remove: (text, root, name) => removeToml(text, root, name, true),
};

function appendToml(
  text: string,
  root: string,
  entries: readonly NamedEntry[],
  isList: boolean,
): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const added = entries.map(({ name, value }) =>
    stringify({ [root]: isList ? [value] : { [name]: value } }).trim(),
  );
  const content = text.trimEnd();
  // What follows the last line stays behind what is added, also where there is nothing.
  const [before, after] =
    content === '' ? ['', eol] : [`${content}${eol}${eol}`, text.slice(content.length)];
  const result = `${before}${added.join('\n\n').replaceAll('\n', eol)}${after}`;
  const expected = readToml(text);
  const ours = readToml(added.join('\n'));
  const there = memberOf(expected, root);
  if (isObject(there)) Object.assign(there, ours[root]);
  else if (Array.isArray(there)) there.push(...(ours[root] as unknown[]));
  else Object.assign(expected, ours);
  if (holds(result, expected)) return result;
  throw new Error(
    `no table can be added to "${root}"; nothing was changed. ` +
      `Fix: write its content as separate tables, such as ${isList ? `[[${root}]]` : `[${root}.name]`}`,
  );
}

function removeToml(text: string, root: string, name: string, isList: boolean): string {
  const blocks = isList ? listBlocks(text, root, name) : tableBlocks(text, root, name);
  const result = blocks.reduceRight((current, block) => cut(current, block), text);
  // What the file held, changed as the text should be: without the entry, and without what is then empty.
  const expected = readToml(text);
  const there = expected[root] as Record<string, unknown>;
  if (Array.isArray(there)) {
    expected[root] = there.filter((entry) => memberOf(entry, 'name') !== name);
  } else delete there[name];
  const isCut = blocks.length > 0 && holds(result, expected);
  const isEmpty = Object.keys(expected[root] as object).length === 0;
  if (isEmpty) delete expected[root];
  const isRight = isCut || (isEmpty && holds(result, expected));
  if (isRight) return result;
  throw new Error(
    `"${name}" below "${root}" cannot be removed without other changes; nothing was changed. Fix: delete it yourself`,
  );
}

/** Lines from a header to the last one with content that belongs to it. */
interface Block {
  readonly path: readonly string[];
  readonly isListItem: boolean;
  readonly start: number;
  readonly end: number;
}

function tableBlocks(text: string, root: string, name: string): Block[] {
  return blocksIn(text).filter(({ path }) => path[0] === root && path[1] === name);
}

function listBlocks(text: string, root: string, name: string): Block[] {
  const index = listOf(readToml(text), root).findIndex((entry) => entry.name === name);
  let item = -1;
  return blocksIn(text).filter(({ path, isListItem }) => {
    if (path[0] !== root) return false;
    if (path.length === 1 && isListItem) item += 1;
    return item === index;
  });
}

function blocksIn(text: string): Block[] {
  const lines = text.split('\n');
  const headers = lines.flatMap((line, start) => {
    const path = /^\s*\[/.test(line) ? pathOf(line.trim()) : undefined;
    return path === undefined ? [] : [{ path, isListItem: /^\s*\[\[/.test(line), start }];
  });
  return headers.map((header, index) => {
    let end = headers[index + 1]?.start ?? lines.length;
    // Comments above the next header belong to that.
    while (/^(#.*)?$/.test((lines[end - 1] ?? 'x').trim())) end -= 1;
    return { ...header, end };
  });
}

/** Of a header alone, the keys; of anything else, nothing. */
function pathOf(line: string): string[] | undefined {
  try {
    const path: string[] = [];
    let table: unknown = readToml(line);
    for (;;) {
      const inner: unknown = Array.isArray(table) ? table[0] : table;
      const [key] = isObject(inner) ? Object.keys(inner) : [];
      if (key === undefined) return path;
      path.push(key);
      table = memberOf(inner, key);
    }
  } catch {
    return undefined;
  }
}

/** With the blank line above it, as it was added. */
function cut(text: string, { start, end }: Block): string {
  const lines = text.split('\n');
  const isBlank = (index: number) => (lines[index] ?? 'x').trim() === '';
  const first = start > 0 && isBlank(start - 1) ? start - 1 : start;
  const before = lines.slice(0, first);
  const after = lines.slice(end);
  if (before.length > 0) {
    // The last line keeps the end of the one that was last.
    const hasEnd = after.length > 0 || !before.at(-1)?.endsWith('\r');
    const kept = hasEnd ? before : [...before.slice(0, -1), before.at(-1)?.slice(0, -1) ?? ''];
    return [...kept, ...after].join('\n');
  }
  while (after.length > 0 && after[0]?.trim() === '') after.shift();
  return after.join('\n');
}

function holds(text: string, expected: unknown): boolean {
  try {
    return isDeepStrictEqual(readToml(text), expected);
  } catch {
    return false;
  }
}

/** @throws Error if the text is not TOML */
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

function tablesOf(file: Record<string, unknown>, root: string): Record<string, unknown> {
  const table = memberOf(file, root) ?? {};
  if (isObject(table)) return table;
  throw new Error(
    `expected "${root}" to be a table; nothing was changed. Fix: delete or rename that key`,
  );
}

function listOf(file: Record<string, unknown>, root: string): Record<string, unknown>[] {
  const list = memberOf(file, root) ?? [];
  if (Array.isArray(list) && list.every(isObject)) return list;
  throw new Error(
    `expected "${root}" to be an array of tables; nothing was changed. Fix: delete or rename that key`,
  );
}
