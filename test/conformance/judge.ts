// Compares runs with the list of expected failures, check by check: neither a failure that is not
// on the list nor an entry that no longer fails may go unnoticed. Warnings count as failures here;
// each deserves its reason.

import type { Check } from '../../cli/conformance/suite.ts';
import type { ExpectedFailure } from './expected-failures.ts';
import type { Run } from './results.ts';

/** One scenario, or one check of it, on one mount in one era. */
export interface Finding {
  readonly mount: string;
  readonly era: string;
  /** `scenario` or `scenario:check-id`. */
  readonly target: string;
  readonly message: string;
}

export interface Verdict {
  /** Failed, and not on the list. */
  readonly unexpected: readonly Finding[];
  /** On the list, and failed. */
  readonly expected: readonly Finding[];
  /** On the list, and did not fail. */
  readonly stale: readonly Finding[];
}

/**
 * @param isComplete false when only some mounts, eras or scenarios ran: what did not run is not
 * stale then.
 */
export function judge(
  runs: readonly Run[],
  list: readonly ExpectedFailure[],
  isComplete: boolean,
): Verdict {
  const failures = runs.flatMap(failuresOf);
  const entries = list.flatMap(expand);
  const isListed = (failure: Finding) => entries.some((entry) => covers(entry, failure));
  return {
    unexpected: failures.filter((failure) => !isListed(failure)),
    expected: failures.filter(isListed),
    stale: list
      .filter(({ isTimed }) => !isTimed)
      .flatMap(expand)
      .filter((entry) => isComplete || hasRun(runs, entry))
      .filter((entry) => !failures.some((failure) => covers(entry, failure))),
  };
}

function failuresOf({ mount, era, scenarios }: Run): Finding[] {
  return scenarios
    .filter(({ kind }) => kind !== 'unscored')
    .flatMap(({ scenario, checks }) =>
      checks.filter(isFailure).map(({ id, status, errorMessage }) => ({
        mount: mount.name,
        era,
        target: `${scenario}:${id}`,
        message: errorMessage ?? status,
      })),
    );
}

function isFailure({ status }: Check): boolean {
  return status === 'FAILURE' || status === 'WARNING';
}

function expand({ mounts, era, scenarios, reason }: ExpectedFailure): Finding[] {
  return mounts.flatMap((mount) =>
    scenarios.map((target) => ({ mount, era, target, message: reason })),
  );
}

function covers(entry: Finding, failure: Finding): boolean {
  if (entry.mount !== failure.mount || entry.era !== failure.era) return false;
  return entry.target === failure.target || entry.target === scenarioOf(failure.target);
}

function hasRun(runs: readonly Run[], entry: Finding): boolean {
  return runs.some(
    ({ mount, era, scenarios }) =>
      mount.name === entry.mount &&
      era === entry.era &&
      scenarios.some(({ scenario }) => scenario === scenarioOf(entry.target)),
  );
}

function scenarioOf(target: string): string {
  return target.split(':', 1)[0] as string;
}
