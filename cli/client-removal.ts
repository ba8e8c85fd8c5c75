// Takes entries of this project out of a client's JSON file. What is left when nothing else was there goes, too.

import { isDeepStrictEqual } from 'node:util';
import { findNodeAtLocation } from 'jsonc-parser';
import type { Client } from '../clients/client.ts';
import { INPUTS } from '../clients/client-entries.ts';
import { applyChanges, type Change, entriesIn, refuseTwiceOurs } from './client-file.ts';
import { removeValue, setValue } from './jsonc-edit.ts';
import { readJson } from './jsonc-read.ts';
import type { WantedEntries } from './wanted-entries.ts';

/**
 * @param names of entries that are there
 * @throws Error when the text cannot be changed without changing something else
 */
export function removeFromJson(
  text: string,
  names: readonly string[],
  wanted: WantedEntries,
): string {
  if (names.length === 0) return text;
  const { client } = wanted;
  const file = readJson(text);
  entriesIn(file, client);
  refuseTwiceOurs(text, file, client, names);
  const without = applyChanges(
    text,
    names.map((name): Change => ({ path: [client.root, name], value: undefined, drift: name })),
  );
  const left = client.asks === undefined ? without : withoutInputs(without);
  return withoutEmptyMap(left, client);
}

/** Questions that we have written and no other entry needs. */
function withoutInputs(text: string): string {
  const { inputs, ...others } = readJson(text).value;
  if (!Array.isArray(inputs)) return text;
  const rest = JSON.stringify(others);
  const unused = INPUTS.filter(({ id }) => !rest.includes(`\${input:${id}}`));
  const changes = inputs.flatMap((found: unknown, index): Change[] =>
    unused.some((input) => isDeepStrictEqual({ ...Object(found) }, input))
      ? [{ path: ['inputs', index], value: undefined, drift: 'input' }]
      : [],
  );
  if (changes.length === 0) return text;
  const left = applyChanges(text, changes.reverse());
  return isBare(left, 'inputs') ? removeValue(left, ['inputs']) : left;
}

/** Whether install has written all of these questions. */
export function areOurInputs(inputs: unknown): boolean {
  return (
    Array.isArray(inputs) &&
    inputs.every((found) => INPUTS.some((input) => isDeepStrictEqual({ ...Object(found) }, input)))
  );
}

/** A map of entries in a file of its own stays: some clients expect it. */
function withoutEmptyMap(text: string, { root }: Client): string {
  if (!isBare(text, root)) return text;
  const hasOthers = Object.keys(readJson(text).value).some(
    (key) => key !== root && key !== 'inputs',
  );
  return hasOthers ? removeValue(text, [root]) : setValue(text, [root], {});
}

/** Nothing is in it, no comment either. */
function isBare(text: string, key: string): boolean {
  const node = findNodeAtLocation(readJson(text).tree, [key]);
  if (node === undefined || (node.children ?? []).length > 0) return false;
  return /^[{[]\s*[}\]]$/.test(text.slice(node.offset, node.offset + node.length));
}
