// Finds the kind of an entry, and the defaults of that kind.

import { type Kind, kindOf } from './kind-schema.ts';
import type { ServerConfig, ServerSettings, WrittenServer } from './schema.ts';
import { hasPath } from './server-path.ts';

/** Keys that some kinds alone have; every other key is for all. */
export const KINDS_OF_KEY: Readonly<Record<string, readonly Kind[]>> = {
  export: ['module'],
  isolation: ['module'],
  args: ['command'],
  cwd: ['command'],
  inheritEnv: ['command'],
  spares: ['command'],
  memoryMb: ['module', 'command'],
  headers: ['command', 'url'],
  upstreamAuth: ['url'],
  proxy: ['url'],
  start: ['command', 'url'],
  era: ['command', 'url'],
  idleTimeoutMs: ['command', 'url'],
  onToolsChanged: ['command', 'url'],
  type: ['command', 'url'],
  instance: ['module', 'command', 'url'],
  env: ['module', 'command'],
  passHeaders: ['module', 'combine'],
};

const START_TIMEOUT_MS = 10_000;
/** Programs install, compile and connect before they answer. */
const OUTSIDE_START_TIMEOUT_MS = 30_000;
const IDLE_TIMEOUT_MS = 300_000;

/**
 * The entry with every default filled in: a key of the server replaces that of `defaults` whole.
 * @returns undefined for an entry of no kind.
 */
export function complete(
  name: string,
  written: WrittenServer,
  defaults: ServerSettings,
): ServerConfig | undefined {
  const kind = kindOf(written);
  if (kind === undefined) return undefined;
  const { type: _, ...keys } = written;
  const { export: exported, instance, startTimeoutMs, ...shared } = defaults;
  const isOutside = kind === 'command' || kind === 'url';
  const common = {
    name,
    kind,
    path: `/${name}/mcp`,
    ...shared,
    startTimeoutMs: startTimeoutMs ?? (isOutside ? OUTSIDE_START_TIMEOUT_MS : START_TIMEOUT_MS),
    ...keys,
  };
  const server = { ...ownDefaults(kind), ...common };
  if (kind === 'module') {
    server.instance ??= instance ?? 'per-request';
    if (exported !== undefined) server.export ??= exported;
  }
  if (kind === 'url' || kind === 'combine') server.env = {};
  if (server.auth === 'entra') server.scopes = entraScopes(server);
  return server as unknown as ServerConfig;
}

/** One that is named after the server; a server without a path has none. */
function entraScopes({ name, path, scopes }: Pick<ServerConfig, 'name' | 'path' | 'scopes'>) {
  if (!hasPath({ path })) return [];
  return scopes.length === 0 ? [`mcp.${name}`] : [...scopes];
}

function ownDefaults(kind: Kind): Partial<WrittenServer> {
  if (kind === 'module') return { isolation: 'none' };
  if (kind === 'combine') return { instance: 'shared' };
  const outside = {
    instance: 'per-session',
    start: 'lazy',
    era: 'auto',
    idleTimeoutMs: IDLE_TIMEOUT_MS,
    headers: {},
  } as const;
  if (kind === 'url') return { ...outside, proxy: false, onToolsChanged: 'block' };
  return { ...outside, args: [], inheritEnv: [], spares: 1, onToolsChanged: 'warn' };
}
