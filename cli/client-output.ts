// The ways of mcp-json: entries that are printed, merged into a client's file, or compared with it.

import { OPEN_KEY, toFileEntry } from '../clients/client-entries.ts';
import { commandFor, linksFor, needsOpenKey, type PrintedEntry } from '../clients/client-print.ts';
import { applyChanges, findChanges, type WantedEntries } from './client-file.ts';
import { compareEntry } from './entry-differences.ts';
import { readTarget, replaceTarget } from './replace-file.ts';
import type { Terminal } from './terminal.ts';
import { appendToml, compareToml } from './toml-file.ts';

const EMPTY_FILE = '{}\n';
const FREE_TABLES = 'delete or rename those tables';

/** Returns the exit code. */
export function printEntries(
  format: 'entry' | 'file' | 'link' | 'command',
  wanted: WantedEntries,
  terminal: Terminal,
): number {
  const { client, entries } = wanted;
  if (format === 'entry' || format === 'file') {
    remarkKeys(wanted, terminal);
    const isWhole = format === 'file' || client.format === 'toml';
    terminal.print(isWhole ? planFor('', wanted).merged.trimEnd() : entriesAlone(wanted));
    return 0;
  }
  const printed = entries.map((entry): PrintedEntry => {
    if (format === 'link') return linksFor(entry, client);
    return commandFor(entry, client, process.platform);
  });
  if (printed.every(({ lines }) => lines.length === 0)) {
    const what = format === 'link' ? 'install link' : 'command';
    throw new Error(`${client.title}: no ${what} is known. Fix: use --format file`);
  }
  for (const line of printed.flatMap(({ lines }) => lines)) terminal.print(line);
  const lacking = entries.filter((_, index) => printed[index]?.lacksKey);
  if (lacking.length > 0) {
    const names = lacking.map(({ name }) => name).join(', ');
    terminal.remark(
      `The key is not part of this: add the header x-functions-key to ${names} in ${client.title}.`,
    );
  }
  const unable = entries.filter((_, index) => printed[index]?.lacksSignIn.length);
  if (unable.length > 0) {
    const fields = printed.find(({ lacksSignIn }) => lacksSignIn.length > 0)?.lacksSignIn ?? [];
    terminal.remark(
      `Not part of this: ${fields.join(' and ')} with which ${client.title} signs in at ` +
        `${unable.map(({ name }) => name).join(', ')}. Fix: use --write or --format file`,
    );
  }
  return 0;
}

/** Returns the exit code: 1 when entries had to be printed instead. */
export function writeFile(file: string, wanted: WantedEntries, terminal: Terminal): number {
  const { client, entries } = wanted;
  const reason = whyNotWritten(wanted);
  if (reason !== undefined) {
    printEntries('file', wanted, terminal);
    terminal.remark(
      `${client.title}: ${reason}. Nothing was written. Fix: put the entries above into its file yourself`,
    );
    return 1;
  }
  const target = readTarget(file);
  const { merged, drifts, taken } = planFor(target.text, wanted, file);
  if (taken.length > 0) {
    const fix =
      client.format === 'toml'
        ? `${FREE_TABLES}, then repeat`
        : 'rename those entries, or repeat with --replace';
    throw new Error(
      `${file}: ${taken.join(', ')} ${taken.length === 1 ? 'is' : 'are'} there with other content; nothing was changed. Fix: ${fix}`,
    );
  }
  if (drifts.length === 0) {
    terminal.print(`${file} is up to date.`);
    return 0;
  }
  replaceTarget(file, target, merged);
  terminal.print(`Wrote ${file}: ${entries.map(({ name }) => name).join(', ')}.`);
  remarkKeys(wanted, terminal);
  return 0;
}

function whyNotWritten({ client, entries }: WantedEntries): string | undefined {
  if (client.unverified !== undefined) return client.unverified;
  return entries.some((entry) => needsOpenKey(entry, client))
    ? `no placeholder for the key is known, and a key belongs to ${OPEN_KEY}`
    : undefined;
}

/** Command lines that repair a file, for people. */
export interface Repair {
  readonly write: string;
  /** For a file that is not written. */
  readonly print: string;
}

/** Returns the exit code: 1 when the file differs. */
export function checkFile(
  file: string,
  wanted: WantedEntries,
  repair: Repair,
  terminal: Terminal,
): number {
  const { drifts, taken } = planFor(readTarget(file).text, wanted, file);
  if (drifts.length === 0) {
    terminal.print(`${file} is up to date.`);
    return 0;
  }
  for (const drift of drifts) terminal.remark(`${file}: ${drift}`);
  terminal.remark(`Fix: ${fixFor(wanted, taken.length > 0, repair)}`);
  return 1;
}

function fixFor(wanted: WantedEntries, isTaken: boolean, { write, print }: Repair): string {
  if (whyNotWritten(wanted) !== undefined) return `${print}, and put these into the file yourself`;
  if (!isTaken) return write;
  return wanted.client.format === 'toml' ? `${FREE_TABLES}, then ${write}` : `${write} --replace`;
}

interface Plan {
  readonly merged: string;
  readonly drifts: readonly string[];
  /** Names that belong to somebody else. */
  readonly taken: readonly string[];
}

function planFor(text: string, wanted: WantedEntries, file?: string): Plan {
  try {
    return wanted.client.format === 'toml' ? tomlPlan(text, wanted) : jsonPlan(text, wanted);
  } catch (error) {
    if (file === undefined) throw error;
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

function jsonPlan(found: string, wanted: WantedEntries): Plan {
  const text = found.trim() === '' ? EMPTY_FILE : found;
  const changes = findChanges(text, wanted);
  const taken = changes.filter(({ isTaken }) => isTaken);
  return {
    merged: taken.length > 0 ? text : applyChanges(text, changes),
    drifts: changes.map(({ drift }) => drift),
    taken: taken.map(({ path }) => String(path[1])),
  };
}

function tomlPlan(text: string, { client, entries, clientId }: WantedEntries): Plan {
  const named = entries.map((entry) => {
    const value = toFileEntry(entry, client);
    const isHeldBy = (found: unknown) =>
      compareEntry(found, value, entry, client, clientId).length === 0;
    return { name: entry.name, value, isHeldBy };
  });
  const { missing, taken } = compareToml(text, client.root, named);
  return {
    merged: taken.length > 0 ? text : appendToml(text, client.root, missing),
    drifts: [
      ...missing.map(({ name }) => `${name} is missing`),
      ...taken.map((name) => `${name} has other content`),
    ],
    taken,
  };
}

function entriesAlone(wanted: WantedEntries): string {
  const file: Record<string, unknown> = JSON.parse(planFor('', wanted).merged);
  return JSON.stringify(file[wanted.client.root], null, 2);
}

function remarkKeys({ client, entries }: WantedEntries, terminal: Terminal): void {
  const isAsked = client.asks !== undefined;
  if (isAsked || !entries.some(({ needsKey }) => needsKey)) return;
  terminal.remark(
    client.keyPlaceholder === undefined
      ? `${client.title}: put the key in place of ${OPEN_KEY}. The file then holds it: keep it out of repositories.`
      : `Set the environment variable MCP_FUNCTION_KEY to the key of the app: ${client.title}.`,
  );
}
