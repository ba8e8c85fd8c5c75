// Converts the suite's verdicts to passed, failed or not applicable for a server that is not a
// fixture.

import { checkNeeds } from './applicability.ts';
import type { Era } from './eras.ts';
import type { Offer } from './offer.ts';
import type { Check } from './suite.ts';

export type Outcome = 'passed' | 'failed' | 'not applicable';

export interface CheckOutcome {
  readonly id: string;
  /** A warning is a recommendation that the server does not follow; it fails nothing. */
  readonly outcome: Outcome | 'warning';
  /** What is wrong, or why the check is not applicable; null when it passed. */
  readonly message: string | null;
}

export interface ScenarioOutcome {
  readonly scenario: string;
  readonly era: Era;
  readonly outcome: Outcome;
  /** What the server lacks for the whole scenario, as a phrase after "needs"; else null. */
  readonly needs: string | null;
  readonly checks: readonly CheckOutcome[];
}

/** A scenario that was not run. */
export function notApplicable(scenario: string, era: Era, needs: string): ScenarioOutcome {
  return { scenario, era, outcome: 'not applicable', needs, checks: [] };
}

/** A scenario that was run; what only informs is left out. */
export function judge(
  scenario: string,
  era: Era,
  checks: readonly Check[],
  offer: Offer,
): ScenarioOutcome {
  const judged = checks
    .filter(({ status }) => status !== 'INFO')
    .map((check) => judgeCheck(check, offer));
  const has = (outcome: CheckOutcome['outcome']) =>
    judged.some((check) => check.outcome === outcome);
  const outcome = has('failed')
    ? 'failed'
    : has('passed') || has('warning')
      ? 'passed'
      : 'not applicable';
  return { scenario, era, outcome, needs: null, checks: judged };
}

function judgeCheck(check: Check, offer: Offer): CheckOutcome {
  const { id, description, status, errorMessage, details } = check;
  const needs = checkNeeds(id, offer);
  if (needs !== undefined) return { id, outcome: 'not applicable', message: `needs ${needs}` };
  if (status === 'SUCCESS') return { id, outcome: 'passed', message: null };
  const message = errorMessage ?? String(details?.note ?? details?.message ?? description ?? id);
  if (status === 'SKIPPED') return { id, outcome: 'not applicable', message };
  return { id, outcome: status === 'WARNING' ? 'warning' : 'failed', message };
}
