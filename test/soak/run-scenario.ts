// Runs a scenario, and once more where only times were missed: something else that runs on the
// machine misses a time once, a fault of the host misses it twice.

import { closeAll } from './cleanup.ts';
import { formatBar, missedBars } from './report.ts';
import { attempt, type Context, type Row, type Scenario } from './scenario.ts';

/** @returns the rows of the last run. They say what a first run missed. */
export async function runScenario({ run }: Scenario, context: Context): Promise<readonly Row[]> {
  const rows = await attempt('', () => run(context));
  closeAll();
  const missed = rows.flatMap(missedBars);
  if (missed.length === 0 || missed.some(({ isTime }) => !isTime)) return rows;
  context.progress('once more, because only times were missed');
  const again = await attempt('', () => run(context));
  closeAll();
  const note = `a first run missed: ${missed.map(formatBar).join('; ')}`;
  return again.map((row) => ({ ...row, notes: [...(row.notes ?? []), note] }));
}
