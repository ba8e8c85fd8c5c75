// Which capabilities of a server this host supports and therefore advertises.

import { isObject } from '../../config/json-value.ts';
import type { JsonObject } from '../exchange/exchange.ts';
import { withoutTaskCapabilities } from './tasks.ts';

/** Others may have members of these names that mean something else. */
const LISTENED_TO: ReadonlySet<string> = new Set(['tools', 'prompts', 'resources']);

/** Where no one can listen, as in the 2025 era: neither list changes nor resource subscriptions. */
export function withoutSubscriptions(capabilities: JsonObject): JsonObject {
  const kept = Object.entries(withoutTaskCapabilities(capabilities)).map(([capability, value]) =>
    LISTENED_TO.has(capability) && isObject(value)
      ? [capability, withoutListening(value)]
      : [capability, value],
  );
  return Object.fromEntries(kept);
}

function withoutListening({ listChanged, subscribe, ...rest }: JsonObject): JsonObject {
  return rest;
}
