// The benchmark: this host, its peers and a bare Fastify route, measured side by side in one run. Absolute times vary
// with the machine; the ratios count. `npm ci --prefix bench` installs the peers. With `--against`, two builds of this
// host and the bare route alone.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measureAgainst } from './against.ts';
import { judge } from './bars.ts';
import { chart } from './chart.ts';
import { type Contender, floorLike, hosts, leasts, peers, startField } from './contenders.ts';
import { measureCpu } from './cpu.ts';
import { measureKinds } from './kinds.ts';
import { measureMemory } from './memory.ts';
import { createMounts } from './mounts.ts';
import { type Options, readOptions, type Section } from './options.ts';
import { createProgress } from './progress.ts';
import * as report from './report.ts';
import { measureStarts } from './startup.ts';
import { ROOT } from './target.ts';
import { measureTelemetry } from './telemetry.ts';
import { measureThroughput } from './throughput.ts';

const CHART = join(ROOT, 'docs/bench.svg');

const options = readOptionsOrExit();
const { sections, extent, quick, json, contender, against } = options;
const progress = createProgress();

if (against) await compareWith(against);
else await measureAll();

async function compareWith(folder: string): Promise<void> {
  const { rows, leftOut } = await measureAgainst(folder, options, progress);
  progress('');
  const results = { node: process.version, against: folder, rows, leftOut };
  print(results, [
    `Node ${process.version}\n`,
    report.againstText(rows),
    report.leftOutText(leftOut),
  ]);
  // A row that one build cannot answer is a difference, too.
  if (leftOut.length > 0 || rows.some(({ isWorse }) => isWorse)) process.exitCode = 1;
}

async function measureAll(): Promise<void> {
  const mounts = createMounts();
  try {
    const ours = hosts(mounts);
    const chosen = [...ours, ...leasts(), ...peers()].filter(({ name }) =>
      name.includes(contender),
    );
    const contenders = [await floorLike(ours[0] as Contender), ...chosen];
    const loaded = await measureUnderLoad(contenders);
    const starts = wanted('startup')
      ? await measureStarts(contenders, mounts, extent, progress)
      : undefined;
    const memory = wanted('memory')
      ? await measureMemory(contenders, mounts, extent, progress)
      : undefined;
    const telemetry = wanted('telemetry')
      ? await measureTelemetry(ours[0] as Contender, extent, progress)
      : undefined;
    const kinds = wanted('kinds') ? await measureKinds(mounts, options, progress) : undefined;
    progress('');
    const measured = {
      ...loaded,
      ...(kinds && { kinds }),
      ...(telemetry && { telemetry }),
      ...(starts && { starts }),
      ...(memory && { memory }),
    };
    const results = { node: process.version, ...measured, bars: judge(measured) };
    print(results, tables(results));
    if (loaded.cpu && !quick && contender === '') {
      mkdirSync(join(CHART, '..'), { recursive: true });
      writeFileSync(CHART, chart(loaded.cpu));
    }
  } finally {
    mounts.remove();
  }
}

/** What needs everybody running at once. */
async function measureUnderLoad(contenders: readonly Contender[]) {
  if (!wanted('cpu') && !wanted('throughput')) return { leftOut: [] };
  progress('Starting everybody');
  const field = await startField(contenders);
  try {
    const cpu = wanted('cpu') ? await measureCpu(field.rows, extent, progress) : undefined;
    const throughput = wanted('throughput')
      ? await measureThroughput(field.rows, extent, progress)
      : undefined;
    return { ...(cpu && { cpu }), ...(throughput && { throughput }), leftOut: field.leftOut };
  } finally {
    await field.stop();
  }
}

type Results = Awaited<ReturnType<typeof measureUnderLoad>> & Parameters<typeof judge>[0];

function tables({
  cpu,
  throughput,
  starts,
  memory,
  telemetry,
  kinds,
  leftOut,
  bars,
}: Results & { bars: ReturnType<typeof judge> }): unknown[] {
  return [
    `Node ${process.version}\n`,
    cpu && report.cpuText(cpu),
    throughput && report.throughputText(throughput),
    starts && report.startText(starts),
    memory && report.memoryText(memory),
    telemetry && report.telemetryText(telemetry),
    kinds && report.kindText(kinds),
    report.leftOutText(leftOut),
    report.barsText(bars),
  ];
}

function print(results: object, tables: readonly unknown[]): void {
  const text = json ? `${JSON.stringify(results)}\n` : tables.filter(Boolean).join('\n');
  process.stdout.write(text);
}

function readOptionsOrExit(): Options {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    // 1 says that a row is worse.
    process.exit(2);
  }
}

function wanted(section: Section): boolean {
  return sections.includes(section);
}
