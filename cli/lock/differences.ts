// Lists the differences between two locks of a server, for review.

import type { LockedServer } from '../../config/lock-file.ts';
import { canonicalJson } from '../../config/tool-hash.ts';

export interface Differences {
  /** Names of tools. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
  /** Other members that differ, such as `instructions`; `new` for a server without a lock. */
  readonly others: readonly string[];
}

/** `toolHashes` say what `added`, `removed` and `changed` say. */
const OTHERS = [
  ...['entry', 'package', 'era', 'serverInfo', 'capabilities', 'instructions'],
  ...['tools', 'prompts', 'resources', 'resourceTemplates'],
] as const satisfies readonly (keyof LockedServer)[];

export function differencesOf(before: LockedServer | undefined, after: LockedServer): Differences {
  const old = new Map(Object.entries(before?.toolHashes ?? {}));
  const now = new Map(Object.entries(after.toolHashes));
  const names = [...now.keys()];
  const added = names.filter((name) => !old.has(name));
  const removed = [...old.keys()].filter((name) => !now.has(name));
  const changed = names.filter((name) => old.has(name) && old.get(name) !== now.get(name));
  const hasOtherTools = added.length + removed.length + changed.length > 0;
  const others = before
    ? OTHERS.filter(
        (member) =>
          !(member === 'tools' && hasOtherTools) &&
          comparable(before[member]) !== comparable(after[member]),
      )
    : ['new'];
  return { added, removed, changed, others };
}

export function areEqual({ added, removed, changed, others }: Differences): boolean {
  return added.length + removed.length + changed.length + others.length === 0;
}

/** `+added -removed ~changed, then other members`. */
export function describeDifferences(differences: Differences): string {
  if (areEqual(differences)) return 'none';
  const { added, removed, changed, others } = differences;
  const tools = [
    ...added.map((name) => `+${name}`),
    ...removed.map((name) => `-${name}`),
    ...changed.map((name) => `~${name}`),
  ];
  return [tools.join(' '), ...others].filter(Boolean).join(', ');
}

/** Lists without their order, which some servers change from start to start. */
function comparable(value: unknown): string {
  return Array.isArray(value)
    ? value.map(canonicalJson).sort().join()
    : (canonicalJson(value) ?? '');
}
