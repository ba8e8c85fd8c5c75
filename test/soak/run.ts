// Load and faults against a real host process, with a table at the end: npm run soak. Linux only,
// because it reads /proc and fills /dev/full.

import { closeAll } from './cleanup.ts';
import { readOptions, usage } from './options.ts';
import { createProgress } from './progress.ts';
import { formatDetails, formatTable, isAllMet, missedBars, type ScenarioResult } from './report.ts';
import { runScenario } from './run-scenario.ts';
import type { Row, Scenario } from './scenario.ts';
import { capacity } from './scenarios/capacity.ts';
import { chaos } from './scenarios/chaos.ts';
import { endlessLoop } from './scenarios/endless-loop.ts';
import { equalIds } from './scenarios/equal-ids.ts';
import { memory } from './scenarios/memory.ts';
import { mixed } from './scenarios/mixed.ts';
import { output } from './scenarios/output.ts';
import { random } from './scenarios/random.ts';

const SCENARIOS: readonly Scenario[] = [
  memory,
  endlessLoop,
  output,
  mixed,
  equalIds,
  random,
  capacity,
  chaos,
];

/** What a shell says of a process that Ctrl+C has ended. */
const INTERRUPTED = 130;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    closeAll();
    process.exit(INTERRUPTED);
  });
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
} finally {
  closeAll();
}

async function main(): Promise<boolean> {
  if (process.platform !== 'linux') throw new Error('The soak runs on Linux only.');
  const options = readOptions(SCENARIOS);
  if (!options) {
    process.stdout.write(`${usage(SCENARIOS)}\n`);
    return true;
  }
  const { scenarios, json, ...given } = options;
  const progress = createProgress();
  const results: ScenarioResult[] = [];
  for (const scenario of scenarios) {
    const { name } = scenario;
    const startedAt = performance.now();
    const context = { ...given, progress: (state: string) => progress.update(name, state) };
    const rows = await runScenario(scenario, context);
    results.push({ scenario: name, rows });
    progress.finish(
      name,
      `${summary(rows)} in ${Math.round((performance.now() - startedAt) / 1_000)} s`,
    );
  }
  const { seed, minutes } = given;
  process.stdout.write(
    json
      ? `${JSON.stringify({ seed, minutes, isAllMet: isAllMet(results), results: results.map(withoutLatencies) })}\n`
      : `${formatTable(results)}\n\n${formatDetails(results)}\n\nSeed ${seed}. ${isAllMet(results) ? 'Every bar is met.' : 'A bar is missed.'}\n`,
  );
  return isAllMet(results);
}

function summary(rows: readonly Row[]): string {
  const missed = rows.flatMap(missedBars).length;
  return missed === 0 ? 'every bar met' : `${missed} bars missed`;
}

/** Thousands of numbers that nobody reads. */
function withoutLatencies({ scenario, rows }: ScenarioResult): object {
  return {
    scenario,
    rows: rows.map((row) => ({
      ...row,
      tally: { ...row.tally, latenciesMs: undefined },
      missed: missedBars(row),
    })),
  };
}
