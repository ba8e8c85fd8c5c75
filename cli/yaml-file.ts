// A client's YAML file: entries below one key, in the formatting of the file.

import { LineCounter, parseDocument } from 'yaml';
import { isObject, memberOf } from '../config/json-value.ts';
import type { EntriesFormat, NamedEntry } from './entries-format.ts';
import { addEntry, removeEntry, removeSection } from './yaml-entries.ts';

export const yamlMap: EntriesFormat = { read, append, remove };

function read(text: string, root: string): Record<string, unknown> {
  const value = readYamlFile(text);
  const entries = memberOf(value, root) ?? {};
  if (isObject(entries)) return entries;
  throw new Error(
    `expected "${root}" to be a map; nothing was changed. Fix: delete or rename that key`,
  );
}

function readYamlFile(text: string): Record<string, unknown> {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line } = lineCounter.linePos(error.pos[0]);
    throw new Error(
      `expected YAML, got an error in line ${line}: ${error.message}; nothing was changed. Fix: correct that line`,
    );
  }
  const value: unknown = document.toJS() ?? {};
  if (isObject(value)) return value;
  throw new Error('expected a YAML map; nothing was changed. Fix: name another file');
}

function append(text: string, root: string, entries: readonly NamedEntry[]): string {
  return entries.reduce((before, { name, value }) => {
    const after = addEntry(before, { key: root, isSpaced: false }, name, value);
    if (after !== undefined) return after;
    throw new Error(
      `"${root}" has no place where ${name} can be added safely; nothing was changed. ` +
        'Fix: print the entries (--format file) and put them into the file yourself',
    );
  }, text);
}

function remove(text: string, root: string, name: string): string {
  const { [name]: _, ...others } = read(text, root);
  const isLast = Object.keys(others).length === 0;
  const isAlone = Object.keys(readYamlFile(text)).length === 1;
  const after = isLast && !isAlone ? removeSection(text, root) : removeEntry(text, root, name);
  if (after !== undefined) return after;
  throw new Error(
    `"${name}" below "${root}" cannot be removed without other changes; nothing was changed. Fix: delete it yourself`,
  );
}
