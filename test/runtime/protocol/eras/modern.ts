// Messages of 2026-07-28 with the envelope and the headers that belong to them, and the mounts they
// are sent to.

import { afterAll, onTestFinished } from 'vitest';
import { type Message, type PostAnswer, post } from '../../post.ts';
import { openHost, startHost, type TestHost } from '../../start-host.ts';

export const VERSION = '2026-07-28';
const PREFIX = 'io.modelcontextprotocol/';
export const key = (name: string): string => PREFIX + name;

/** Every kind of backend, with the mount that it has in {@link sharedHosts}. */
export const MOUNTS = ['v1-shared', 'v1-per-request', 'v2-shared', 'v2-per-request'] as const;
export type Mount = (typeof MOUNTS)[number];

/**
 * Call it once in a file. @returns hosts that the tests of the file share, for tests that leave
 * nothing behind. `settings` are keys of servers.yaml that all mounts have, `extra` further servers.
 */
export function sharedHosts(): (settings?: string, extra?: string) => Promise<TestHost> {
  const open = new Map<string, Promise<TestHost>>();
  afterAll(async () => {
    for (const host of open.values()) await (await host).close();
  });
  return (settings = '', extra = '') => {
    const yaml = yamlOf(settings, extra);
    const host = open.get(yaml) ?? openHost({ listen: true, yaml });
    open.set(yaml, host);
    return host;
  };
}

/** A host of the test's own. */
export const freshHostOf = (settings = ''): Promise<TestHost> =>
  startHost({ listen: true, yaml: yamlOf(settings) });

const yamlOf = (settings: string, extra = ''): string => `
defaults: { auth: anonymous, ${settings} }
servers:
${MOUNTS.map((mount) => entry(mount)).join('\n')}
${extra}`;

function entry(mount: Mount): string {
  const [sdk, instance] = [mount.slice(0, 2), mount.slice(3)];
  return `  ${mount}: { module: ../../runtime/protocol/eras/servers/era-${sdk}.mjs, instance: ${instance} }`;
}

export interface ModernOptions {
  readonly capabilities?: object;
  /** Further members of `_meta`; undefined takes one out. */
  readonly meta?: object;
  /** Further headers; undefined takes one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly id?: string | number;
}

/** A request with its envelope. */
export function modernMessage(method: string, params: object = {}, options: ModernOptions = {}) {
  const _meta = {
    [key('protocolVersion')]: VERSION,
    [key('clientCapabilities')]: options.capabilities ?? {},
    ...options.meta,
  };
  const id = options.id ?? 1;
  return { jsonrpc: '2.0', id, method, params: { ...params, _meta } } as const satisfies Message;
}

/** The headers that a client sends with `message`. */
export function modernHeaders(
  message: Message,
  further: ModernOptions['headers'] = {},
): Record<string, string> {
  const { name, uri } = (message.params ?? {}) as { name?: string; uri?: string };
  const named = ['tools/call', 'prompts/get', 'resources/read'].includes(message.method);
  const headers = {
    'mcp-protocol-version': VERSION,
    'mcp-method': message.method,
    ...(named && { 'mcp-name': name ?? uri }),
    ...further,
  };
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Sends a request as a client of 2026-07-28 does. */
export function postModern(
  url: string,
  method: string,
  params: object = {},
  options: ModernOptions = {},
): Promise<PostAnswer> {
  const message = modernMessage(method, params, options);
  return post(url, message, modernHeaders(message, options.headers));
}

/** Calls a tool as a client of 2026-07-28 does. */
export const callModern = (
  url: string,
  name: string,
  args: object = {},
  options: ModernOptions = {},
): Promise<PostAnswer> => postModern(url, 'tools/call', { name, arguments: args }, options);

/** What a fixture's server tells of itself. */
export interface Seen {
  /** Servers that the factory has built. */
  readonly builds: number;
  /** Lists that a server was asked for. */
  readonly listed: number;
  /** Handlers that learnt that their caller is gone. */
  readonly aborted: number;
}

/** What tests do to the lists of a fixture's servers. */
export interface Lists {
  /** A list is ready when this is. */
  hold: Promise<void> | undefined;
  /** Members that every list has. */
  hints: object;
}

const moduleOf = (mount: Mount): Promise<{ seen: Seen; lists: Lists }> =>
  import(new URL(`./servers/era-${mount.slice(0, 2)}.mjs`, import.meta.url).href);

/** @returns the counters of the module that `mount` is loaded from. */
export const seenBy = async (mount: Mount): Promise<Seen> => (await moduleOf(mount)).seen;

/**
 * @returns the lists of the module that `mount` is loaded from; as they were when the test ends.
 */
export async function listsOf(mount: Mount): Promise<Lists> {
  const { lists } = await moduleOf(mount);
  onTestFinished(() => void Object.assign(lists, { hold: undefined, hints: {} }));
  return lists;
}
