// The ways of mcp-json: entries that are printed, merged into a client's file, or compared with it.

import type { Client } from '../clients/client.ts';
import { OPEN_KEY } from '../clients/client-entries.ts';
import {
  commandFor,
  linksFor,
  type PrintedEntry,
  quote,
  whyNoLink,
} from '../clients/client-print.ts';
import {
  freeNames,
  isWhole,
  planFile,
  wholeFile,
  whyNotWritten,
  writePlan,
} from './client-plan.ts';
import type { Terminal } from './terminal.ts';
import type { WantedEntries } from './wanted-entries.ts';

/** Returns the exit code. */
export function printEntries(
  format: 'entry' | 'file' | 'link' | 'command',
  wanted: WantedEntries,
  terminal: Terminal,
): number {
  const { client, entries } = wanted;
  if (format === 'entry' || format === 'file') {
    remarkKeys(wanted, terminal);
    const text = wholeFile(wanted);
    terminal.print(format === 'file' || isWhole(client) ? text : entriesIn(text, client));
    return 0;
  }
  const printed = entries.map((entry): PrintedEntry => {
    if (format === 'link') return linksFor(entry, client);
    return commandFor(entry, client, process.platform);
  });
  if (format === 'link') remarkMissingLinks(wanted, terminal);
  if (printed.every(({ lines }) => lines.length === 0)) {
    const what = format === 'link' ? 'install link' : 'command';
    throw new Error(`${client.title}: no ${what} is known. Fix: use --format file`);
  }
  for (const line of printed.flatMap(({ lines }) => lines)) terminal.print(line);
  const lacking = entries.filter((_, index) => printed[index]?.lacksKey);
  if (lacking.length > 0) {
    const names = lacking.map(({ name }) => name).join(', ');
    terminal.remark(
      `The output does not contain the key. Add the header x-functions-key to ${names} in ${client.title}.`,
    );
  }
  const unable = entries.filter((_, index) => printed[index]?.lacksSignIn.length);
  if (unable.length > 0) {
    const fields = printed.find(({ lacksSignIn }) => lacksSignIn.length > 0)?.lacksSignIn ?? [];
    terminal.remark(
      `The output does not contain ${fields.join(' and ')} that ${client.title} needs to sign in at ` +
        `${unable.map(({ name }) => name).join(', ')}. Fix: use --write or --format file`,
    );
  }
  return 0;
}

/** @throws Error if no server gets a link */
function remarkMissingLinks({ client, entries }: WantedEntries, { remark }: Terminal): void {
  const reasons = entries.map((entry) => whyNoLink(entry, client));
  const first = reasons.find((reason) => reason !== undefined);
  if (first === undefined) return;
  const names = (reason: string) =>
    entries.filter((_, index) => reasons[index] === reason).map(({ name }) => name);
  const problems = [...new Set(reasons)].flatMap((reason) =>
    reason === undefined ? [] : [`no link for ${names(reason).join(', ')}: ${reason}`],
  );
  const problem = `${problems.join('; ')}. Fix: use --format file for them`;
  if (!reasons.includes(undefined)) throw new Error(problem);
  remark(`${client.title}: ${problem}`);
}

function entriesIn(text: string, { root }: Client): string {
  const file: Record<string, unknown> = JSON.parse(text);
  return JSON.stringify(file[root], null, 2);
}

/** Returns the exit code: 1 when entries had to be printed instead. */
export function writeFile(file: string, wanted: WantedEntries, terminal: Terminal): number {
  const reason = whyNotWritten(wanted);
  if (reason !== undefined) {
    printInstead(reason, wanted, terminal);
    return 1;
  }
  const plan = planFile(file, wanted);
  if (plan.taken.length === 0 && plan.drifts.length === 0) {
    terminal.print(`${file} is up to date.`);
    return 0;
  }
  writePlan(plan, wanted);
  terminal.print(wroteLine(file, wanted));
  remarkKeys(wanted, terminal);
  return 0;
}

/** Prints entries that are not written, and says why. */
export function printInstead(reason: string, wanted: WantedEntries, terminal: Terminal): void {
  const { title, pasteInto = 'its file' } = wanted.client;
  printEntries('file', wanted, terminal);
  terminal.remark(
    `${title}: ${reason}. Nothing was written. Fix: put the entries above into ${pasteInto} yourself`,
  );
}

export function wroteLine(file: string, { entries }: WantedEntries): string {
  return `Wrote ${file}: ${entries.map(({ name }) => name).join(', ')}.`;
}

/** Command lines that repair a file, for people. */
export interface Repair {
  readonly write: string;
  /** For a file that is not written. */
  readonly print: string;
}

/** A command line of this project, as a shell takes it. */
export function commandLine(command: string, words: readonly string[]): string {
  const quoted = words.map((word) => quote(word, process.platform));
  return ['npx --no mcp-host', command, ...quoted].join(' ');
}

/** Returns the exit code: 1 when the file differs. */
export function checkFile(
  file: string,
  wanted: WantedEntries,
  repair: Repair,
  terminal: Terminal,
): number {
  const { drifts, taken } = planFile(file, wanted);
  if (drifts.length === 0) {
    terminal.print(`${file} is up to date.`);
    return 0;
  }
  for (const drift of drifts) terminal.remark(`${file}: ${drift}`);
  terminal.remark(`Fix: ${fixFor(wanted, taken.length > 0, repair)}`);
  return 1;
}

/** What makes the file as it should be, for people. */
export function fixFor(wanted: WantedEntries, isTaken: boolean, { write, print }: Repair): string {
  const { client } = wanted;
  if (whyNotWritten(wanted) !== undefined) {
    return `${print}, and put these into ${client.pasteInto ?? 'the file'} yourself`;
  }
  if (!isTaken) return write;
  return isWhole(client) ? `${freeNames(client)}, then ${write}` : `${write} --replace`;
}

/** What the owner of the key does so that the entries work. */
export function keyRemark({ client, entries }: WantedEntries): string | undefined {
  const isAsked = client.asks !== undefined;
  if (isAsked || !entries.some(({ needsKey }) => needsKey)) return undefined;
  return client.keyPlaceholder === undefined
    ? `${client.title}: replace ${OPEN_KEY} with the key. The file then contains the key, so do not commit it.`
    : `Set the environment variable MCP_FUNCTION_KEY to the key of the app, for ${client.title}.`;
}

function remarkKeys(wanted: WantedEntries, terminal: Terminal): void {
  const line = keyRemark(wanted);
  if (line !== undefined) terminal.remark(line);
}
