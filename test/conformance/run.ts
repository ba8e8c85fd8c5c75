// Runs the official conformance suite against every mount of the fixtures in both eras, prints one
// table, and fails on anything that expected-failures.ts does not say.

import { resolve } from 'node:path';
import type { Era } from '../../cli/conformance/eras.ts';
import { findNode } from '../../cli/conformance/installation.ts';
import { listScenarios, runSuite } from '../../cli/conformance/suite.ts';
import { withHost } from '../../cli/host-process.ts';
import { Progress } from '../../cli/progress.ts';
import { processTerminal } from '../../cli/terminal.ts';
import { leaveOut, whyNoCsharp } from '../fixtures/csharp-program.ts';
import { EXPECTED_FAILURES } from './expected-failures.ts';
import { judge } from './judge.ts';
import { SERVERS_FILE } from './mounts.ts';
import { type Options, readOptions } from './options.ts';
import { formatTable, formatVerdict } from './report.ts';
import { countScenarios, type Mount, type Run, withKinds } from './results.ts';
import { withUpstreams } from './upstreams.ts';

/** Mounts tested at a time; the eras of one mount run one after the other. */
const CONCURRENCY = 2;

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

async function main(): Promise<boolean> {
  const node = findNode();
  const problem = whyNoCsharp();
  if (problem !== undefined) leaveOut('The rows of the C# server', problem);
  const options = readOptions(problem === undefined);
  const runs = await withUpstreams(problem === undefined, (variables) =>
    withHost(resolve(SERVERS_FILE), ({ url }) => runMounts({ node, url }, options), {
      environment: variables,
    }),
  );
  const verdict = judge(runs, EXPECTED_FAILURES, options.isComplete);
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ runs, ...verdict })}\n`
      : `${formatTable(runs)}\n\n${formatVerdict(verdict)}\n`,
  );
  return verdict.unexpected.length === 0 && verdict.stale.length === 0;
}

interface Setting {
  readonly node: string;
  /** The host's base URL. */
  readonly url: string;
}

async function runMounts(setting: Setting, options: Options): Promise<Run[]> {
  const progress = new Progress(processTerminal.remark);
  const waiting = [...options.mounts.entries()];
  const runs: Run[][] = options.mounts.map(() => []);
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [row, mount] = next;
      for (const era of options.eras.filter((wanted) => mount.eras.includes(wanted))) {
        runs[row]?.push(await runOne(setting, mount, era, options, progress));
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return runs.flat();
}

async function runOne(
  { node, url }: Setting,
  mount: Mount,
  era: Era,
  { scenario }: Options,
  progress: Progress,
): Promise<Run> {
  const name = `${mount.name} ${era}`;
  const total = scenario === undefined ? listScenarios(era).length : 1;
  let started = 0;
  const results = await runSuite(node, {
    url: url + mount.path,
    era,
    ...(scenario !== undefined && { scenarios: [scenario] }),
    onScenario(current) {
      started += 1;
      progress.update(name, `${started}/${total} ${current}`);
    },
  });
  const run = { mount, era, scenarios: withKinds(era, results) };
  const { passed, all } = countScenarios(run);
  progress.finish(name, `${passed} of ${all} scored scenarios passed`);
  return run;
}
