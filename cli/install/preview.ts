// What a change of a client's file will be, for people. Only entries that change are shown, and of these only what is ours:
// the rest of the file may hold keys.

import { isDeepStrictEqual } from 'node:util';
import { atFirst, INPUTS, toFileEntry } from '../../clients/client-entries.ts';
import { render } from '../../clients/client-print.ts';
import { isObject } from '../../config/json-value.ts';
import { entriesOfText, type FilePlan } from '../client-plan.ts';
import { addressOf } from '../entry-owner.ts';
import { readJson } from '../jsonc-read.ts';
import { diffLines } from '../text-diff.ts';
import type { WantedEntries } from '../wanted-entries.ts';

const HIDDEN = '…';

export function previewLines({ target, merged }: FilePlan, wanted: WantedEntries): string[] {
  const { client } = wanted;
  const [before, after] = [target.text, merged].map((text) => entriesOfText(text, client));
  const names = Object.keys({ ...before, ...after }).filter(
    (name) => !isDeepStrictEqual(before?.[name], after?.[name]),
  );
  const [old, now] = [target.text, merged].map((text) => inputsIn(text, wanted));
  const view = (
    entries: typeof before,
    inputs: readonly unknown[] = [],
    others: typeof inputs = [],
  ) => {
    const shown = names.filter((name) => entries?.[name] !== undefined);
    const asked = inputs.filter(
      (input) => !others.some((other) => isDeepStrictEqual(input, other)),
    );
    if (shown.length === 0 && asked.length === 0) return '';
    const visible = shown.map((name) => [name, visibleOf(name, entries?.[name], wanted)]);
    return render(Object.fromEntries(visible), client, asked);
  };
  return diffLines(view(before, old, now), view(after, now, old));
}

/** Our questions in the file. */
function inputsIn(text: string, { client }: WantedEntries): readonly unknown[] {
  if (client.asks === undefined || text.trim() === '') return [];
  const { inputs } = readJson(text).value;
  const list: readonly unknown[] = Array.isArray(inputs) ? inputs : [];
  return list.filter((input) => INPUTS.some(({ id }) => isObject(input) && input.id === id));
}

function visibleOf(name: string, found: unknown, { client, entries }: WantedEntries): unknown {
  const entry = entries.find((each) => each.name === name);
  const ours = entry && { ...toFileEntry(entry, client), ...atFirst(entry, client) };
  return mask(found, ours, addressOf(found));
}

function mask(found: unknown, ours: unknown, address: string): unknown {
  if (Array.isArray(found)) {
    return found.map((part, index) =>
      mask(part, Array.isArray(ours) ? ours[index] : undefined, address),
    );
  }
  if (isObject(found)) {
    const members = Object.entries(found).map(([key, value]) => [
      key,
      mask(value, isObject(ours) ? ours[key] : undefined, address),
    ]);
    return Object.fromEntries(members);
  }
  return typeof found !== 'string' || found === ours || found === address ? found : HIDDEN;
}
