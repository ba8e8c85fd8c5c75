// What a client's file becomes, in each format: with the wanted entries, or without those of this project.

import type { Client } from '../clients/client.ts';
import { atFirst, OPEN_KEY, toFileEntry } from '../clients/client-entries.ts';
import { needsOpenKey } from '../clients/client-print.ts';
import { applyChanges, entriesIn, findChanges } from './client-file.ts';
import { areOurInputs, removeFromJson } from './client-removal.ts';
import type { EntriesFormat, NamedEntry } from './entries-format.ts';
import { compareEntry } from './entry-differences.ts';
import { isGone, isOfServer } from './entry-owner.ts';
import { readJson } from './jsonc-read.ts';
import { deleteTarget, type FileText, readTarget, replaceTarget } from './replace-file.ts';
import { tomlList, tomlTables } from './toml-file.ts';
import type { WantedEntries } from './wanted-entries.ts';
import { yamlMap } from './yaml-file.ts';

const EMPTY_FILE = '{}\n';
const WHOLE_ENTRIES: Readonly<Partial<Record<Client['format'], EntriesFormat>>> = {
  toml: tomlTables,
  'toml-list': tomlList,
  yaml: yamlMap,
};

type Entry = readonly [name: string, value: unknown];

/** What a text becomes. */
export interface Plan {
  readonly merged: string;
  /** What is different, for people. */
  readonly drifts: readonly string[];
  /** Names that belong to somebody else. */
  readonly taken: readonly string[];
  /** Nothing is left of a file that `install` created. */
  readonly deletesFile?: boolean;
}

/** The same for a file. */
export interface FilePlan extends Plan {
  readonly file: string;
  readonly target: FileText;
}

/** @throws Error that names the file, what is wrong with it and the fix */
export function planFile(file: string, wanted: WantedEntries): FilePlan {
  const target = readTarget(file);
  return { file, target, ...inFile(file, () => planText(target.text, wanted)) };
}

/** The file without the entries of this project. @throws Error as {@link planFile} */
export function planRemoval(file: string, wanted: WantedEntries): FilePlan {
  const target = readTarget(file);
  const plan = inFile(file, () => removalFrom(target.text, wanted));
  // A link is its owner's: install makes none.
  return { file, target, ...plan, deletesFile: plan.deletesFile === true && !target.isLink };
}

/** @throws Error when names are taken, or the file cannot be replaced */
export function writePlan(plan: FilePlan, { client }: WantedEntries): void {
  const { file, target, merged, taken, deletesFile } = plan;
  if (taken.length > 0) throw new Error(takenBy(file, taken, client));
  if (deletesFile) deleteTarget(file, target);
  else replaceTarget(file, target, merged);
}

/** For people: names of entries that lead elsewhere, and what to do. */
export function takenBy(file: string, taken: readonly string[], client: Client): string {
  const fix = isWhole(client)
    ? `${freeNames(client)}, then repeat`
    : 'rename those entries, or repeat with --replace';
  const verb = taken.length === 1 ? 'is' : 'are';
  return `${file}: ${taken.join(', ')} ${verb} in the file with other content; nothing was changed. Fix: ${fix}`;
}

/** @returns true when an entry that is there is never changed */
export function isWhole({ format }: Client): boolean {
  return WHOLE_ENTRIES[format] !== undefined;
}

export function freeNames({ format }: Client): string {
  return `delete or rename those ${format === 'yaml' ? 'entries' : 'tables'}`;
}

/** @returns undefined when entries may be written */
export function whyNotWritten({ client, entries }: WantedEntries): string | undefined {
  if (client.unverified !== undefined) return client.unverified;
  return entries.some((entry) => needsOpenKey(entry, client))
    ? `no placeholder for the key is known, so the key itself must replace ${OPEN_KEY}`
    : undefined;
}

/** Entries by name, as the text has them. */
export function entriesOfText(text: string, client: Client): Readonly<Record<string, unknown>> {
  const format = WHOLE_ENTRIES[client.format];
  if (format !== undefined) return format.read(text, client.root);
  return entriesIn(readJson(filled(text)), client);
}

function planText(text: string, wanted: WantedEntries): Plan {
  const format = WHOLE_ENTRIES[wanted.client.format];
  return format === undefined ? jsonPlan(filled(text), wanted) : wholePlan(text, wanted, format);
}

/** A whole file of the client with these entries alone. */
export function wholeFile(wanted: WantedEntries): string {
  return planText('', wanted).merged.trimEnd();
}

function inFile<Result>(file: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

function filled(text: string): string {
  return text.trim() === '' ? EMPTY_FILE : text;
}

function jsonPlan(text: string, wanted: WantedEntries): Plan {
  const changes = findChanges(text, wanted);
  const taken = changes.filter(({ isTaken }) => isTaken);
  return {
    merged: taken.length > 0 ? text : applyChanges(text, changes),
    drifts: changes.map(({ drift }) => drift),
    taken: taken.map(({ path }) => String(path[1])),
  };
}

function wholePlan(text: string, wanted: WantedEntries, format: EntriesFormat): Plan {
  const { client, entries, clientId } = wanted;
  const found = format.read(text, client.root);
  const isThere = (name: string) => Object.hasOwn(found, name);
  const missing = entries.filter(({ name }) => !isThere(name));
  const taken = entries.filter(
    (entry) =>
      isThere(entry.name) &&
      compareEntry(found[entry.name], toFileEntry(entry, client), entry, client, clientId).length >
        0,
  );
  const added = missing.map((entry) => ({
    name: entry.name,
    value: { ...toFileEntry(entry, client), ...atFirst(entry, client) },
  }));
  const isFree = taken.length === 0 && added.length > 0;
  return {
    merged: isFree ? format.append(text, client.root, added) : text,
    drifts: [
      ...missing.map(({ name }) => `${name} is missing`),
      ...taken.map(({ name }) => `${name} has other content`),
    ],
    taken: taken.map(({ name }) => name),
  };
}

function removalFrom(text: string, wanted: WantedEntries): Plan {
  const { client, entries } = wanted;
  if (text.trim() === '') return { merged: text, drifts: [], taken: [] };
  const found = Object.entries(entriesOfText(text, client));
  const names = found
    .filter(([name, entry]) => isOfServer(name, entry, wanted) || isGone(name, entry, wanted))
    .map(([name]) => name);
  const taken = found.filter(
    ([name]) => entries.some((entry) => entry.name === name) && !names.includes(name),
  );
  const format = WHOLE_ENTRIES[client.format];
  return {
    merged:
      format === undefined
        ? removeFromJson(text, names, wanted)
        : names.reduce((current, name) => format.remove(current, client.root, name), text),
    drifts: names,
    taken: taken.map(([name]) => name),
    deletesFile: names.length === found.length && text === textWithOnly(found, text, client),
  };
}

/** What install writes where there is no file; for a file with anything else, another text. */
function textWithOnly(found: readonly Entry[], text: string, client: Client): string {
  const { format, root } = client;
  const whole = WHOLE_ENTRIES[format];
  if (whole === undefined) {
    const { inputs } = readJson(text).value;
    const ours = inputs === undefined || areOurInputs(inputs) ? { inputs } : {};
    return `${JSON.stringify({ [root]: Object.fromEntries(found), ...ours }, null, 2)}\n`;
  }
  const entries = found.map(([name, value]) => ({ name, value: value as NamedEntry['value'] }));
  return whole.append('', root, entries);
}
