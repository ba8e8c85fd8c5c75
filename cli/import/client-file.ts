// A client's file, whatever client it is of: the servers in it, and the questions of the client.

import { basename } from 'node:path';
import { findNodeAtLocation } from 'jsonc-parser';
import type { Client } from '../../clients/client.ts';
import { clients } from '../../clients/clients.ts';
import { isObject, memberOf } from '../../config/json-value.ts';
import { readJson, refuseTwice } from '../jsonc-read.ts';
import { readToml } from '../toml-file.ts';
import type { ClientInput } from './texts.ts';

export interface ClientFile {
  /** Entries by their name in the file, in its order. */
  readonly servers: ReadonlyMap<string, unknown>;
  readonly inputs: readonly ClientInput[];
  /** The client fills in $NAME. */
  readonly hasBareNames: boolean;
  /** The client takes an address without a type for the older HTTP+SSE transport. */
  readonly untypedIsSse: boolean;
  /** What is in the file and not in `servers`. */
  readonly remarks: readonly string[];
}

/** Keys below which clients list servers, each with a dot where it is two. */
const ROOTS = [
  ...new Set(
    Object.values<Client>(clients).flatMap(({ root, format }) => (format === 'yaml' ? [] : [root])),
  ),
  'mcp.servers',
];

/** @throws Error that says what is wrong with the text, or that it lists no servers. */
export function readClientFile(file: string, text: string): ClientFile {
  const value = file.endsWith('.toml') ? readToml(text) : readJsonOnce(text);
  const servers = new Map<string, unknown>();
  const remarks: string[] = [];
  for (const [name, entry] of ROOTS.flatMap((root) => entriesBelow(value, root))) {
    if (servers.has(name))
      remarks.push(`"${name}" is listed under two keys; the first one is used.`);
    else servers.set(name, entry);
  }
  if (servers.size === 0) for (const [name, entry] of bareEntries(value)) servers.set(name, entry);
  if (servers.size === 0) {
    throw new Error(
      `expected MCP servers under one of the keys ${ROOTS.join(', ')}, got none. ` +
        'Fix: name the file in which your client lists its MCP servers',
    );
  }
  const others = Object.entries(asObject(memberOf(value, 'projects'))).filter(
    ([, project]) => Object.keys(asObject(memberOf(project, 'mcpServers'))).length > 0,
  );
  for (const [project] of others) {
    remarks.push(
      `Servers of the project ${project} were not imported. To import them, name its .mcp.json.`,
    );
  }
  return {
    servers,
    inputs: readInputs(value),
    hasBareNames: isOf(file, (client) => /^\$\w/.test(client.keyPlaceholder ?? '')),
    untypedIsSse: basename(file) === 'cline_mcp_settings.json',
    remarks,
  };
}

function readJsonOnce(text: string): Record<string, unknown> {
  const { tree, value } = readJson(text);
  refuseTwice(text, tree, new Set(ROOTS));
  for (const root of ROOTS) {
    const path = root in value ? [root] : root.split('.');
    refuseTwice(text, findNodeAtLocation(tree, path));
  }
  return value;
}

/** opencode has servers or `servers` below the same key, so anything that is not an entry is skipped. */
function entriesBelow(value: unknown, root: string): [string, unknown][] {
  const found = memberOf(value, root) ?? memberAt(value, root.split('.'));
  const entries = Object.entries(asObject(found));
  return root === 'mcp' ? entries.filter(([, entry]) => isEntry(entry)) : entries;
}

/** Snippets in documents of servers have no key above the name. */
function bareEntries(value: unknown): [string, unknown][] {
  return Object.entries(asObject(value)).filter(([, entry]) => isEntry(entry));
}

function isEntry(value: unknown): boolean {
  return ['command', 'url', 'serverUrl', 'httpUrl'].some(
    (key) => memberOf(value, key) !== undefined,
  );
}

function readInputs(value: unknown): ClientInput[] {
  const inputs = memberOf(value, 'inputs') ?? memberAt(value, ['mcp', 'inputs']);
  return (Array.isArray(inputs) ? inputs : []).filter(isObject).flatMap((input) => {
    const { id, description, default: fallback, password } = input;
    if (typeof id !== 'string') return [];
    const isOpen = password !== true && typeof fallback === 'string' && fallback !== '';
    return [
      {
        id,
        ...(typeof description === 'string' && { description }),
        ...(isOpen && { default: fallback }),
      },
    ];
  });
}

/** Whether the file has the place that a client with some trait reads. */
function isOf(file: string, hasTrait: (client: Client) => boolean): boolean {
  const path = file.replaceAll('\\', '/');
  return Object.values<Client>(clients).some(
    (client) =>
      client.projectFile?.includes('/') && path.endsWith(client.projectFile) && hasTrait(client),
  );
}

function memberAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce(memberOf, value);
}

function asObject(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}
