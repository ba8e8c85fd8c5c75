// Properties that are checked with random inputs. What a failure prints has the seed and the path of
// the input: PROPERTY_SEED and PROPERTY_PATH run it again. What was found becomes a case of an
// ordinary table.

import { assert, type IRawProperty, type Parameters } from 'fast-check';

const { PROPERTY_SEED, PROPERTY_PATH, PROPERTY_RUNS } = process.env;

/** A few seconds each, so that they may run with all the other tests. */
const RUNS = 500;

const parameters: Parameters<unknown> = {
  interruptAfterTimeLimit: 20_000,
  ...(PROPERTY_SEED !== undefined && { seed: Number(PROPERTY_SEED) }),
  ...(PROPERTY_PATH !== undefined && { path: PROPERTY_PATH }),
};

/**
 * @param runs fewer where each takes long.
 * @throws Error with the smallest input that fails, its seed and its path.
 */
export function holds<Ts>(property: IRawProperty<Ts>, runs = RUNS): void | Promise<void> {
  return assert(property, {
    ...parameters,
    numRuns: Number(PROPERTY_RUNS ?? runs),
  } as Parameters<Ts>);
}
