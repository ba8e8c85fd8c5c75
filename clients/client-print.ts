// Entries as a file, as install links and as commands of the client. A key is in none: links are passed on, and a shell
// keeps its history.

import { stringify as toToml } from 'smol-toml';
import { stringify as toYaml } from 'yaml';
import type { Client } from './client.ts';
import {
  atFirst,
  type ClientEntry,
  fill,
  inputsFor,
  OPEN_KEY,
  toFileEntry,
} from './client-entries.ts';

/** What is printed for one server, and what of its entry is left to be added by hand. */
export interface PrintedEntry {
  readonly lines: readonly string[];
  readonly lacksKey: boolean;
  /** Fields for sign-in, for people. */
  readonly lacksSignIn: readonly string[];
}

/** The file that the client reads, with this entry alone. */
export function fileWith(entry: ClientEntry, client: Client): string {
  const value = { ...toFileEntry(entry, client), ...atFirst(entry, client) };
  const inputs = client.asks === undefined ? [] : inputsFor([entry]);
  return render({ [entry.name]: value }, client, inputs);
}

/** Entries by name as a whole file of the client. */
export function render(
  entries: Readonly<Record<string, unknown>>,
  { root, format }: Client,
  inputs: readonly unknown[] = [],
): string {
  if (format === 'yaml') return toYaml({ [root]: entries }).trim();
  if (format === 'toml') return toToml({ [root]: entries }).trim();
  if (format === 'toml-list') return toToml({ [root]: Object.values(entries) }).trim();
  const file = { [root]: entries, ...(inputs.length > 0 && { inputs }) };
  return JSON.stringify(file, null, 2);
}

/** Windows starts a program with a link of at most 2,083 characters. */
const MAX_LINK = 2_000;

/** @returns no lines when no link of this client is known, or none that works for this server */
export function linksFor(entry: ClientEntry, client: Client): PrintedEntry {
  const printed = anyLinksFor(entry, client);
  const isWorking = whyNoLink(entry, client) === undefined;
  return isWorking ? printed : { lines: [], lacksKey: false, lacksSignIn: [] };
}

/** Why the links of this client, if there are any, cannot install this server; for people. */
export function whyNoLink(entry: ClientEntry, client: Client): string | undefined {
  const isOpen = !entry.needsKey && entry.needsToken !== true && entry.signIn === undefined;
  if (client.linksOnlyOpen && !isOpen) {
    return `the links of ${client.title} do not work for servers that need a key or sign-in`;
  }
  const isLong = anyLinksFor(entry, client).lines.some((link) => link.length > MAX_LINK);
  return isLong ? `the link would have more than ${MAX_LINK} characters` : undefined;
}

function anyLinksFor(entry: ClientEntry, client: Client): PrintedEntry {
  // Only a client that asks can get the key into an entry that came by a link.
  const lacksKey = entry.needsKey && client.asks === undefined;
  const shown = { ...entry, needsKey: entry.needsKey && !lacksKey };
  const value = toFileEntry(shown, client);
  const inputs = client.asks === undefined ? [] : inputsFor([shown]);
  const named = {
    name: entry.name,
    ...value,
    ...(inputs.length > 0 && { inputs }),
  };
  const values: Readonly<Record<string, string>> = {
    '<name>': entry.name,
    '<url>': entry.url,
    '<entry>': JSON.stringify(value),
    '<named entry>': JSON.stringify(named),
    '<base64 entry>': Buffer.from(JSON.stringify(value)).toString('base64'),
    '<inputs>': JSON.stringify(inputs),
  };
  const lines = (client.links ?? []).map((link) =>
    // The encoding of the whole also keeps the + and / of base64.
    (inputs.length > 0 ? link : link.replace('&inputs=<inputs>', '')).replaceAll(
      /<[a-z0-9 ]+>/g,
      (token) => encodeURIComponent(values[token] ?? token),
    ),
  );
  return { lines, lacksKey, lacksSignIn: [] };
}

/** @returns no lines when the client has no such command */
export function commandFor(
  entry: ClientEntry,
  client: Client,
  platform: NodeJS.Platform,
): PrintedEntry {
  const { command } = client;
  if (command === undefined) return { lines: [], lacksKey: false, lacksSignIn: [] };
  const canTakeKey = command.key !== undefined && client.keyPlaceholder !== undefined;
  const words = fill(
    [
      ...command.words,
      ...(entry.needsKey && canTakeKey ? (command.key ?? []) : []),
      ...(entry.signIn === undefined ? [] : (command.signIn ?? [])),
    ],
    entry,
    client,
  );
  const line = words.map((word) => quote(word, platform)).join(' ');
  const lacksSignIn = entry.signIn === undefined ? [] : lackingFields(command.signIn ?? []);
  return { lines: [line], lacksKey: entry.needsKey && !canTakeKey, lacksSignIn };
}

function lackingFields(words: readonly string[]): string[] {
  const has = (token: string) => words.some((word) => word.includes(token));
  return [
    ...(has('<client id>') ? [] : ['the client id']),
    ...(has('<scope>') ? [] : ['the scopes']),
  ];
}

/** Single quotes: neither shell fills in what stands between them. PowerShell wants \" in arguments of programs. */
export function quote(word: string, platform: NodeJS.Platform): string {
  if (/^[\w./:@=,+-]+$/.test(word)) return word;
  if (platform === 'win32') return `'${word.replaceAll("'", "''").replaceAll('"', '\\"')}'`;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** True when the entry would have to hold the key itself. */
export function needsOpenKey(entry: ClientEntry, client: Client): boolean {
  return JSON.stringify(toFileEntry(entry, client)).includes(OPEN_KEY);
}
