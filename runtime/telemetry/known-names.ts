// Which names may appear in telemetry. Clients choose methods, tools and prompts freely; only what
// the protocol or a server knows is written, everything else is one bucket.

import type { JsonRpcRequest } from '../exchange/exchange.ts';
import { LEGACY_VERSIONS, MODERN_VERSIONS } from '../exchange/wire-names.ts';
import { OTHER } from './names.ts';

/**
 * Methods of both eras (MCP 2025-11-25 and 2026-07-28) that a client may send, or a server may ask.
 */
const METHODS = new Set([
  'initialize',
  'ping',
  'server/discover',
  'tools/list',
  'tools/call',
  'prompts/list',
  'prompts/get',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
  'subscriptions/listen',
  'completion/complete',
  'logging/setLevel',
  'elicitation/create',
  'sampling/createMessage',
  'roots/list',
  'notifications/initialized',
  'notifications/cancelled',
  'notifications/progress',
  'notifications/roots/list_changed',
]);

/** A server that answers to any name must not become a way around the bucket. */
const MAX_LEARNED_NAMES = 200;
/** MCP asks for tool names of 128 characters at most. */
const MAX_NAME_LENGTH = 128;

export function knownMethod(method: string): string {
  return METHODS.has(method) ? method : OTHER;
}

/** The revision of the protocol, which clients may misspell; undefined when none was named. */
export function knownVersion(version: unknown): string | undefined {
  if (version === undefined) return undefined;
  const isKnown = [...LEGACY_VERSIONS, ...MODERN_VERSIONS].includes(version as string);
  return isKnown ? (version as string) : OTHER;
}

/** What the target of a request is called, if it has one (tools and prompts do). */
export interface KnownTargets {
  /** @param wasServed the server answered with a result: then it knows the name, listed or not. */
  nameOf(
    server: string,
    request: Pick<JsonRpcRequest, 'method' | 'params'>,
    wasServed: boolean,
  ): string | undefined;
}

/** @param declaredTools names of the tools that a server listed at start. */
export function createKnownTargets(
  declaredTools: (server: string) => ReadonlySet<unknown>,
): KnownTargets {
  const learned = new Map<string, Set<string>>();
  return {
    nameOf(server, { method, params }, wasServed) {
      if (method !== 'tools/call' && method !== 'prompts/get') return undefined;
      const name = params?.name;
      if (typeof name !== 'string' || name.length > MAX_NAME_LENGTH) return OTHER;
      if (method === 'tools/call' && declaredTools(server).has(name)) return name;
      const key = `${server} ${method}`;
      const names = learned.get(key) ?? new Set();
      learned.set(key, names);
      if (wasServed && names.size < MAX_LEARNED_NAMES) names.add(name);
      return names.has(name) ? name : OTHER;
    },
  };
}
