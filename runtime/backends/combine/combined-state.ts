// The state of a combination, which serves as long as one member does.

import type { BackendState } from '../../exchange/backend.ts';
import type { Member } from '../../exchange/member.ts';

/** The best state of a member is that of the combination. */
const BEST_FIRST = ['serving', 'idle', 'restarting', 'starting', 'unavailable'] as const;

/** @param missing names of environment variables without which tokens cannot be checked. */
export function combinedState(
  members: readonly Member[],
  missing: readonly string[] | undefined,
): BackendState {
  if (missing) return { is: 'unavailable', word: 'missing-variable', missing };
  const states = members.map(({ backend }) => backend.state);
  const is = BEST_FIRST.find((each) => states.some((state) => state.is === each)) ?? 'unavailable';
  if (is === 'unavailable') {
    const retryAt = retryAtOf(members);
    return { is, word: 'no-member', ...(retryAt !== undefined && { retryAt }) };
  }
  const absent = members.filter((member) => !isUsable(member)).map(({ config }) => config.name);
  const isPartial = absent.length > 0 && absent.length < members.length;
  return { is, ...(isPartial && { absentMembers: absent }) };
}

/** It serves, or will when it is asked. */
export function isUsable({ backend: { state } }: Member): boolean {
  return state.is === 'serving' || state.is === 'idle';
}

/** When the first member may be tried again, `performance.now()`. */
export function retryAtOf(members: readonly Member[]): number | undefined {
  const times = members.flatMap(({ backend }) => backend.state.retryAt ?? []);
  return times.length > 0 ? Math.min(...times) : undefined;
}
