// Reads and writes servers.lock.json, next to servers.yaml: what each `command` and `url` server
// offered when `mcp-host lock` last started it. You commit and review it like the lock file of a
// package manager.

import { existsSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from './diagnostics.ts';
import { isObject } from './json-value.ts';
import { lockFileOf } from './lock-place.ts';
import { ONCE } from './once.ts';
import { readText } from './read-text.ts';
import type {
  CheckedLock,
  CommandConfig,
  ServerConfig,
  ServersConfig,
  UrlConfig,
} from './schema.ts';
import { byName, canonicalJson, hashesByName, sha256 } from './tool-hash.ts';

const VERSION = 1;

const digest = z.string().regex(/^sha256-[A-Za-z0-9+/]{43}=$/, { error: 'a sha256 digest' });
const anyObject = z.looseObject({}, { error: 'an object' });
/** Looked at, and not copied: a start reads some hundred of them. */
const list = (key: string) =>
  z.exactOptional(
    z.custom<readonly Item[]>(
      (value) =>
        Array.isArray(value) &&
        value.every((item) => isObject(item) && typeof item[key] === 'string'),
      { error: `a list of objects with "${key}"` },
    ),
  );

type Item = Readonly<Record<string, unknown>>;

/** Lists are as the server sent them; one that is absent could not be read. */
const lockedServer = z.object(
  {
    /** Of the keys of the entry that decide what the server is: a lock of another one is stale. */
    entry: digest,
    /** The npm package that the command runs, as it was installed. */
    package: z.exactOptional(z.object({ name: z.string(), version: z.string() })),
    era: z.enum(['legacy', 'modern'], { error: '"legacy" or "modern"' }),
    serverInfo: anyObject,
    capabilities: anyObject,
    instructions: z.exactOptional(z.string({ error: 'a text' })),
    /** By name, over what a model and its user decide by. */
    toolHashes: z.record(z.string(), digest, { error: 'a map of digests' }),
    tools: list('name'),
    prompts: list('name'),
    resources: list('uri'),
    resourceTemplates: list('uriTemplate'),
  },
  { error: 'an object' },
);

const lockFile = z.object(
  {
    version: z.literal(VERSION, { error: `version ${VERSION}` }),
    servers: z.record(z.string(), lockedServer, { error: 'a map of servers' }),
  },
  { error: 'an object' },
);

export type LockedServer = z.output<typeof lockedServer>;

export type LockFile = z.output<typeof lockFile>;

/** The servers that a lock file is about: their code runs outside of this process. */
export type OutsideServer = CommandConfig | UrlConfig;

/** Keys that decide what a server is, as they are written: no value of a variable is hashed. */
const DECISIVE = [
  ...['kind', 'command', 'args', 'cwd', 'env', 'inheritEnv', 'url', 'headers', 'upstreamAuth'],
  'era',
];

export function isOutside(server: ServerConfig): server is OutsideServer {
  return server.kind === 'command' || server.kind === 'url';
}

/**
 * @param serversFile absolute path of servers.yaml
 * @returns undefined when there is no lock file.
 * @throws ConfigError when it is damaged.
 */
export function readLockFile(serversFile: string): LockFile | undefined {
  const file = lockFileOf(serversFile);
  if (!existsSync(file)) return undefined;
  const text = readText(file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged(file, [{ path: '', message: 'expected valid JSON, got other text' }]);
  }
  const { data, error } = lockFile.safeParse(value, ONCE);
  if (data) return data;
  throw damaged(
    file,
    error.issues.map(({ path, message }) => ({
      path: path.map(String).join('.'),
      message: `expected ${message}`,
    })),
  );
}

/** @throws Error for what a server should not have sent, such as a tool without a name. */
export function lockedServerOf(value: unknown): LockedServer {
  const { data, error } = lockedServer.safeParse(value, ONCE);
  if (data) return data;
  const [issue] = error.issues;
  throw new Error(
    `The server sent a wrong value for \`${issue?.path.join('.')}\`: expected ${issue?.message}.`,
  );
}

/** Servers in alphabetical order, members in one order: what did not change shows no difference. */
export function renderLockFile(servers: Readonly<Record<string, LockedServer>>): string {
  const sorted = Object.entries(servers).sort(byName);
  const content: LockFile = {
    version: VERSION,
    servers: Object.fromEntries(sorted),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

export function hashesOf(tools: readonly object[]): LockedServer['toolHashes'] {
  const hashes = [...hashesByName(tools)].flatMap(([name, hash]): [string, string][] =>
    hash === undefined ? [] : [[name, hash]],
  );
  return Object.fromEntries(hashes.sort(byName));
}

export function entryHash(server: OutsideServer): string {
  const entries = Object.entries(server).filter(([key]) => DECISIVE.includes(key));
  return sha256(canonicalJson(Object.fromEntries(entries)));
}

/** What the lock file says of one server. */
export interface Lock {
  readonly server: LockedServer;
  /** Whether it is of another entry than the one in servers.yaml. */
  readonly isStale: boolean;
}

/**
 * @returns what the lock file says of the servers of the configuration, by name; nothing when there
 * is no lock file.
 * @throws ConfigError when it is damaged.
 */
export function readLocks({
  file,
  servers,
}: Pick<ServersConfig, 'file' | 'servers'>): ReadonlyMap<string, Lock> {
  const locked = readLockFile(file)?.servers ?? {};
  return new Map(
    servers.filter(isOutside).flatMap((server): [string, Lock][] => {
      const found = Object.hasOwn(locked, server.name) ? locked[server.name] : undefined;
      return found ? [[server.name, { server: found, isStale: isStale(found, server) }]] : [];
    }),
  );
}

/** @returns undefined where there is no lock file that can be used; the start says why not. */
export function checkedLockOf(config: ServersConfig): CheckedLock | undefined {
  const file = lockFileOf(config.file);
  if (!existsSync(file)) return undefined;
  try {
    const locks = [...readLocks(config)].map(([name, { isStale }]) => [name, isStale] as const);
    return { digest: sha256(readText(file)), isStale: Object.fromEntries(locks) };
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

/** Whether the entry is another one than the one that was locked. */
function isStale({ entry }: LockedServer, server: OutsideServer): boolean {
  return entry !== entryHash(server);
}

function damaged(
  file: string,
  faults: readonly { readonly path: string; readonly message: string }[],
): ConfigError {
  const fix = 'restore it from version control, or delete it and run: npx --no mcp-host lock';
  return new ConfigError(faults.map((fault) => ({ file, ...fault, fix })));
}
