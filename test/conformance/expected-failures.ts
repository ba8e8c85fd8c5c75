// What the official suite is known to find, and why. An entry that no longer fails fails the run,
// so delete what you have built.

import type { Era } from '../../cli/conformance/eras.ts';

export interface ExpectedFailure {
  readonly mounts: readonly string[];
  readonly era: Era;
  /** `scenario`, or `scenario:check-id` when the other checks of it must pass. */
  readonly scenarios: readonly string[];
  readonly reason: string;
}

export const EXPECTED_FAILURES: readonly ExpectedFailure[] = [];
