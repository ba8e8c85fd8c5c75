// What a run of the official suite against one mount tells, and how it is counted.

import type { Era } from '../../cli/conformance/eras.ts';
import { listScenarios, type ScenarioChecks } from '../../cli/conformance/suite.ts';

/** Scenarios that the revisions do not score and this project wants all the same. */
const WANTED = new Set([
  'json-schema-2020-12',
  'http-header-validation',
  'http-custom-header-server-validation',
]);

export interface ScenarioResult extends ScenarioChecks {
  /**
   * `wanted`: the revision does not score it, this project does. `unscored`: shown in --json only.
   */
  readonly kind: 'scored' | 'wanted' | 'unscored';
}

/** Says of each result how much it counts. */
export function withKinds(era: Era, results: readonly ScenarioChecks[]): ScenarioResult[] {
  const scored = listScenarios(era).filter(({ isScored }) => isScored);
  return results.map(({ scenario, checks }) => {
    const isScored = scored.some((listed) => listed.scenario === scenario);
    const kind = isScored ? 'scored' : WANTED.has(scenario) ? 'wanted' : 'unscored';
    return { scenario, kind, checks };
  });
}

/** A server of the fixtures' servers.yaml. */
export interface Mount {
  readonly name: string;
  readonly path: string;
  readonly sdk: string;
  readonly instance: string;
  /** In which it is tested. */
  readonly eras: readonly Era[];
}

export interface Run {
  readonly mount: Mount;
  readonly era: Era;
  readonly scenarios: readonly ScenarioResult[];
}

/** Passed and all, as in `26/30`. */
export interface Count {
  readonly passed: number;
  readonly all: number;
}

/** Scenarios without a failed check: what the suite calls conforming. */
export function countScenarios({ scenarios }: Run): Count {
  const scored = scenarios.filter(({ kind }) => kind === 'scored');
  const hasFailed = ({ checks }: ScenarioResult) =>
    checks.some(({ status }) => status === 'FAILURE');
  return { passed: scored.filter((result) => !hasFailed(result)).length, all: scored.length };
}

/**
 * Checks of one kind of scenario; warnings are judged (see judge.ts) but not counted, as in the
 * suite.
 */
export function countChecks({ scenarios }: Run, kind: ScenarioResult['kind']): Count {
  const checks = scenarios
    .filter((result) => result.kind === kind)
    .flatMap((result) => result.checks);
  const count = (wanted: 'SUCCESS' | 'FAILURE') =>
    checks.filter(({ status }) => status === wanted).length;
  return { passed: count('SUCCESS'), all: count('SUCCESS') + count('FAILURE') };
}
