// A scenario runs once more only where a busy machine may be the reason.

import { expect, test } from 'vitest';
import { missedBars } from './report.ts';
import { runScenario } from './run-scenario.ts';
import { atMost, atMostTime, type Bar, type Row, type Scenario } from './scenario.ts';
import { emptyTally } from './tally.ts';

const LATE = atMostTime('ms', 9, 5);
const IN_TIME = atMostTime('ms', 4, 5);
const LOST = atMost('lost', 1, 0);
const NONE_LOST = atMost('lost', 0, 0);

/** @param runs the bars of each run, one row for each */
function scenarioWith(runs: readonly (readonly Bar[])[]) {
  let count = 0;
  const scenario: Scenario = {
    name: 'planned',
    about: '',
    run: async () => (runs[count++] ?? []).map(rowWith),
  };
  return { scenario, count: () => count };
}

const rowWith = (bar: Bar): Row => ({
  name: '',
  tally: emptyTally(),
  seconds: 1,
  faults: {},
  exits: 0,
  rssMaxMb: 0,
  bars: [bar],
  evidence: [],
});

test.each([
  { what: 'nothing was missed', runs: [[IN_TIME]], times: 1, missed: 0 },
  { what: 'a count was missed', runs: [[LOST], [NONE_LOST]], times: 1, missed: 1 },
  { what: 'a count and a time were', runs: [[LATE, LOST], [IN_TIME]], times: 1, missed: 2 },
  { what: 'a time was missed once', runs: [[LATE], [IN_TIME]], times: 2, missed: 0 },
  { what: 'a time was missed twice', runs: [[LATE], [LATE]], times: 2, missed: 1 },
  { what: 'a count was missed then', runs: [[LATE], [LOST]], times: 2, missed: 1 },
])('where $what: $times runs, $missed missed', async ({ runs, times, missed }) => {
  const { scenario, count } = scenarioWith(runs);
  const context = { main: '', seed: 1, minutes: 5, progress: () => {} };
  const rows = await runScenario(scenario, context);
  expect({ times: count(), missed: rows.flatMap(missedBars).length }).toEqual({ times, missed });
  const notes = times === 2 ? ['a first run missed: ms 9 (at most 5)'] : [];
  expect(rows.flatMap((row) => row.notes ?? [])).toEqual(notes);
});
