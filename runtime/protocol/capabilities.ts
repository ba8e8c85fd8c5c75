// What of a server's capabilities this host can keep, and therefore advertises.

import type { JsonObject } from '../exchange/exchange.ts';

/**
 * Without `listChanged`: each watching client would hold a stream, and so a Functions invocation, open.
 * Without `tasks`: they need state between requests.
 */
export function advertisedCapabilities(capabilities: JsonObject): JsonObject {
  const entries = Object.entries(capabilities)
    .filter(([name]) => name !== 'tasks')
    .map(([name, value]) => [name, isObject(value) ? withoutListChanged(value) : value]);
  return Object.fromEntries(entries);
}

function withoutListChanged(capability: JsonObject): JsonObject {
  const { listChanged: _, ...rest } = capability;
  return rest;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null;
}
