// A short hash of a tool. It changes when anything changes that a model or its user bases a
// decision on.

import { createHash } from 'node:crypto';
import { isObject } from './json-value.ts';

/** What a client's model and user decide by; a change of anything else does not make it another tool. */
const HASHED = ['name', 'title', 'description', 'inputSchema', 'outputSchema', 'annotations'];

/** @returns undefined for a tool that cannot be hashed, being too deep; it equals no other one. */
export function toolHash(tool: object): string | undefined {
  const entries = Object.entries(tool).filter(([key]) => HASHED.includes(key));
  try {
    return sha256(canonicalJson(Object.fromEntries(entries)));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/**
 * @returns one text for each name. Where several tools of a list have one name, it is that of all of
 * them, in their order; undefined where one of them cannot be hashed.
 */
export function hashesByName<T extends object>(
  tools: readonly T[],
  hashOf: (tool: T) => string | undefined = toolHash,
): ReadonlyMap<string, string | undefined> {
  const hashes = new Map<string, string | undefined>();
  for (const tool of tools) {
    const name = String((tool as { readonly name?: unknown }).name);
    const hash = hashOf(tool);
    hashes.set(name, hashes.has(name) ? joined(hashes.get(name), hash) : hash);
  }
  return hashes;
}

function joined(first: string | undefined, second: string | undefined): string | undefined {
  return first === undefined || second === undefined ? undefined : sha256(`${first} ${second}`);
}

/** The same text for equal values, in whatever order their members are. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    isObject(each) ? Object.fromEntries(Object.entries(each).sort(byName)) : each,
  );
}

export function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

export function sha256(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
