// server.json: how registries describe a server (schema 2025-12-11 of modelcontextprotocol/registry). The routes of the
// registry and the command line make it here, so that both say the same.

import { isIP } from 'node:net';
import { isLoopbackHost } from '../../config/loopback.ts';
import type { ServerConfig } from '../../config/schema.ts';
import { hasPath } from '../../config/server-path.ts';

/** The schema allows no more. */
const MAX_DESCRIPTION = 100;

/** Where neither the server nor the app has a version: the schema demands one. */
const NO_VERSION = '0.0.0';

/** A version, and no range of versions. */
const EXACT_VERSION = /^\d+(?:\.\d+)+(?:[-+][0-9A-Za-z.+-]+)?$/;

const MAX_VERSION = 255;

const KEY_HEADER = {
  name: 'x-functions-key',
  description: 'A key of the Functions app. Whoever runs the app can give you one.',
  isRequired: true,
  isSecret: true,
} as const;

/** How clients reach a server. */
export interface Remote {
  readonly type: 'streamable-http';
  readonly url: string;
  readonly headers?: readonly (typeof KEY_HEADER)[];
}

export interface ServerJson {
  readonly $schema: string;
  /** Reverse DNS name, slash, name of the server. */
  readonly name: string;
  readonly title?: string;
  readonly description: string;
  readonly version: string;
  readonly remotes: readonly [Remote];
}

/** What of a configuration is in the document: nothing else of a server becomes public. */
export type DescribedServer = Pick<ServerConfig, 'name' | 'auth' | 'title' | 'description'>;

export interface ServerPlace {
  /** Where clients find the server. */
  readonly url: string;
  /** See {@link exactVersion}. */
  readonly version: string;
  /** What stands before the slash of the name. Default: the host of `url`, backwards. */
  readonly namespace?: string | undefined;
}

/** Nothing is in it for OAuth: clients find where to sign in by the metadata document. */
export function serverJson(
  { name, auth, title, description }: DescribedServer,
  { url, version, namespace = namespaceOf(url) }: ServerPlace,
): ServerJson {
  // Only the Functions host in Azure looks at keys.
  const needsKey = auth === 'function' && !isLoopbackHost(new URL(url).host);
  return {
    $schema: 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json',
    name: `${namespace}/${name}`,
    ...(title && { title }),
    description: cut(description ?? title ?? `The MCP server ${name}`),
    version,
    remotes: [{ type: 'streamable-http', url, ...(needsKey && { headers: [KEY_HEADER] }) }],
  };
}

/** Whether registries may list the server, where there are any. */
export function isListed(server: Pick<ServerConfig, 'enabled' | 'path' | 'registry'>): boolean {
  return server.enabled && hasPath(server) && server.registry !== false;
}

/** @returns the first of these that is a version. */
export function exactVersion(...candidates: readonly unknown[]): string {
  const fits = (value: unknown): value is string =>
    typeof value === 'string' && value.length <= MAX_VERSION && EXACT_VERSION.test(value);
  return candidates.find(fits) ?? NO_VERSION;
}

/** Reverse DNS of the host. An address has no name; `[` and `:` may not stand in a namespace. */
function namespaceOf(url: string): string {
  const { host, hostname } = new URL(url);
  if (isLoopbackHost(host)) return 'localhost';
  const address = hostname.replace(/^\[|\]$/g, '');
  if (isIP(address) !== 0) return address.replaceAll(':', '-');
  return hostname.split('.').reverse().join('.');
}

/** Cuts at a word, and within a word that is longer than all the place there is. */
function cut(text: string): string {
  if (text.length <= MAX_DESCRIPTION) return text;
  const short = text.slice(0, MAX_DESCRIPTION - 1);
  const end = short.lastIndexOf(' ');
  const words = end > 0 ? short.slice(0, end) : short.replace(/[\uD800-\uDBFF]$/, '');
  return `${words.replace(/[\s,;:.]+$/, '')}…`;
}
