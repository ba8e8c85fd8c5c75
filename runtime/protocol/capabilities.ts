// What of a server's capabilities this host can keep, and therefore advertises.

import type { JsonObject } from '../exchange/exchange.ts';

/** Tasks need state between requests. */
export function withoutTasks(capabilities: JsonObject): JsonObject {
  const { tasks: _, ...rest } = capabilities;
  return rest;
}

/** For the 2025 era: changes of lists would need a stream that each watching client holds open. */
export function withoutListChanged(capabilities: JsonObject): JsonObject {
  return withoutMembers(capabilities, ['listChanged']);
}

/** For 2026-07-28 where nobody can listen: neither list changes nor resource subscriptions. */
export function withoutSubscriptions(capabilities: JsonObject): JsonObject {
  return withoutMembers(capabilities, ['listChanged', 'subscribe']);
}

function withoutMembers(capabilities: JsonObject, names: readonly string[]): JsonObject {
  const kept = Object.entries(withoutTasks(capabilities)).map(([capability, value]) => {
    if (typeof value !== 'object' || value === null) return [capability, value];
    const members = Object.entries(value).filter(([name]) => !names.includes(name));
    return [capability, Object.fromEntries(members)];
  });
  return Object.fromEntries(kept);
}
