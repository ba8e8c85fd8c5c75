// The entries that MCP clients need to reach the servers of servers.yaml, for each place where the host can run.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${…} is what clients fill in.

import type { ServerConfig } from '../config/schema.ts';
import { hasPath } from '../config/server-path.ts';
import type { Client, Template } from './client.ts';

/**
 * Where the host runs: `npm start`, `func start`, the Functions app, API Management in front of it.
 */
export const TARGETS = ['local', 'func', 'remote', 'apim'] as const;
export type Target = (typeof TARGETS)[number];

/** Stands for the key where a client has no placeholder. Never the key itself. */
export const OPEN_KEY = '<key>';

/**
 * The question for the key. @see
 * https://code.visualstudio.com/docs/copilot/reference/mcp-configuration
 */
export const KEY_INPUT = {
  type: 'promptString',
  id: 'mcp-function-key',
  description: 'Key of the Functions app (azd or the portal shows it)',
  password: true,
} as const;

/** The question for the app, in entries that are written before any deployment is known. */
const APP_INPUT = {
  type: 'promptString',
  id: 'mcp-function-app',
  description: 'Name of the Functions app (azd env get-value AZURE_FUNCTION_NAME)',
} as const;

/** All questions that entries may need. */
export const INPUTS = [APP_INPUT, KEY_INPUT] as const;

/** Origin of an app whose name the client asks for. */
export const ASKED_APP_URL = `https://\${input:${APP_INPUT.id}}.azurewebsites.net`;

/** What a client must know to sign in at Entra. */
export interface SignIn {
  readonly clientId: string;
  /** As they are asked for: with the address in front. */
  readonly scopes: readonly string[];
}

/** One server at one place. */
export interface ClientEntry {
  readonly name: string;
  readonly url: string;
  /** True when the caller must send the key of the Functions app. */
  readonly needsKey: boolean;
  /** The server wants a token: a person signs in. */
  readonly needsToken?: boolean;
  readonly signIn?: SignIn | undefined;
}

/**
 * Entries of all enabled servers with a path at one target.
 * @param baseUrl origin without a slash at the end
 * @param isOnly no other target is in the same file: then the server's name is enough
 */
export function entriesFor(
  target: Target,
  baseUrl: string,
  servers: readonly ServerConfig[],
  isOnly: boolean,
): ClientEntry[] {
  // `func start` checks no keys, and `npm start` has none; tokens are asked for by the client
  // itself (OAuth).
  const checksKeys = target === 'remote' || target === 'apim';
  return servers
    .filter((server) => server.enabled && hasPath(server))
    .map(({ name, path, auth }) => ({
      name: isOnly ? name : `${name}-${target}`,
      url: `${baseUrl}${path}`,
      needsKey: checksKeys && auth === 'function',
      needsToken: auth === 'entra' || auth === 'jwt',
    }));
}

/** The questions that these entries need answered. */
export function inputsFor(entries: readonly ClientEntry[]) {
  return [
    ...(entries.some(({ url }) => url.startsWith(ASKED_APP_URL)) ? [APP_INPUT] : []),
    ...(entries.some(({ needsKey }) => needsKey) ? [KEY_INPUT] : []),
  ];
}

/** An entry as it is in a file of this client. */
export function toFileEntry(entry: ClientEntry, client: Client): Record<string, unknown> {
  const parts = [
    client.entry,
    ...(entry.needsKey ? [client.key] : []),
    ...(entry.signIn && client.signIn ? [client.signIn] : []),
  ];
  return fill(parts.reduce<Record<string, unknown>>(join, {}), entry, client);
}

/** What is added to a new entry only. */
export function atFirst(entry: ClientEntry, client: Client): Record<string, unknown> {
  return fill(client.atFirst ?? {}, entry, client);
}

function join(left: Record<string, unknown>, right: Template): Record<string, unknown> {
  const joined = { ...left };
  for (const [key, value] of Object.entries(right)) {
    const before = left[key];
    joined[key] = Array.isArray(before) && Array.isArray(value) ? [...before, ...value] : value;
  }
  return joined;
}

/** Puts the values of a server into a template. */
export function fill<Value>(template: Value, entry: ClientEntry, client: Client): Value {
  return fillValue(template, entry, client) as Value;
}

function fillValue(template: unknown, entry: ClientEntry, client: Client): unknown {
  if (template === '<scopes>') return entry.signIn?.scopes ?? [];
  if (typeof template === 'string') return fillText(template, entry, client);
  if (Array.isArray(template)) return template.map((part) => fillValue(part, entry, client));
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) => [key, fillValue(value, entry, client)]),
  );
}

function fillText(text: string, { name, url, signIn }: ClientEntry, client: Client): string {
  const values: Readonly<Record<string, string>> = {
    '<name>': name,
    '<url>': url,
    '<client id>': signIn?.clientId ?? '',
    '<scope>': signIn?.scopes.join(' ') ?? '',
    '<key>': client.keyPlaceholder ?? OPEN_KEY,
  };
  return text.replaceAll(/<(?:name|url|client id|scope|key)>/g, (token) => values[token] ?? token);
}
