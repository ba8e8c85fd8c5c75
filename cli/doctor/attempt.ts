// Keeps the table when a check fails: the failure becomes a row, and the checks after it go on.

import { ConfigError, describeDiagnostic } from '../../config/diagnostics.ts';
import { ExplainedError } from '../explained-error.ts';
import { UsageError } from '../usage.ts';
import { type Row, type Rows, shown } from './row.ts';

type Place = Pick<Row, 'group' | 'check'>;

/** Our own messages may be longer than a foreign text. */
const OWN_MESSAGE = { maxCharacters: 600 };

/**
 * Runs one check.
 * @param place of the row that tells a failure
 * @returns what the check returns; undefined when it fails
 * @throws UsageError
 */
export async function* attempt<Found>(
  place: Place,
  check: () => AsyncGenerator<Row, Found, void>,
): AsyncGenerator<Row, Found | undefined, void> {
  try {
    return yield* check();
  } catch (error) {
    yield* explain(place, error);
    return undefined;
  }
}

/** Runs a check that has one row. */
export async function* attemptRow(place: Place, check: () => Row | Promise<Row>): Rows {
  try {
    yield await check();
  } catch (error) {
    yield* explain(place, error);
  }
}

/** Reads what further checks need. */
export async function* attemptRead<Value>(
  place: Place,
  read: () => Value,
): AsyncGenerator<Row, Value | undefined, void> {
  try {
    return read();
  } catch (error) {
    yield* explain(place, error);
    return undefined;
  }
}

/** Faulty settings and files are problems; of everything else no one can tell what it means. */
function explain(place: Place, error: unknown): Row[] {
  if (error instanceof UsageError) throw error;
  if (error instanceof ConfigError) {
    return error.diagnostics.map((diagnostic) => ({
      ...place,
      result: 'problem',
      expected: 'no problem',
      came: shown(describeDiagnostic(diagnostic), OWN_MESSAGE),
      fix: diagnostic.fix,
    }));
  }
  if (error instanceof ExplainedError) {
    const came = shown(error.problem, OWN_MESSAGE);
    return [{ ...place, result: 'problem', expected: 'no problem', came, fix: error.fix }];
  }
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : typeof error;
  return [
    {
      ...place,
      result: 'unknown',
      expected: 'a check that finishes',
      came: `the check failed: ${shown(reason)}`,
      fix: 'check what this line names; if nothing is wrong there, please report this line',
    },
  ];
}
