// The benchmark: this host, its peers and a bare Fastify route, measured side by side in one run. Absolute times vary
// with the machine; the ratios count. `npm ci --prefix bench` installs the peers.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { judge } from './bars.ts';
import { chart } from './chart.ts';
import { type Contender, floorLike, hosts, peers, startField } from './contenders.ts';
import { measureCpu } from './cpu.ts';
import { measureMemory } from './memory.ts';
import { createMounts } from './mounts.ts';
import { readOptions, type Section } from './options.ts';
import { createProgress } from './progress.ts';
import * as report from './report.ts';
import { measureStarts } from './startup.ts';
import { ROOT } from './target.ts';
import { measureTelemetry } from './telemetry.ts';
import { measureThroughput } from './throughput.ts';

const CHART = join(ROOT, 'docs/bench.svg');

const { sections, extent, quick, json, contender } = readOptions();
const progress = createProgress();
const mounts = createMounts();

try {
  const ours = hosts(mounts);
  const chosen = [...ours, ...peers()].filter(({ name }) => name.includes(contender));
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
  progress('');
  const measured = {
    ...loaded,
    ...(telemetry && { telemetry }),
    ...(starts && { starts }),
    ...(memory && { memory }),
  };
  const results = { node: process.version, ...measured, bars: judge(measured) };
  process.stdout.write(json ? `${JSON.stringify(results)}\n` : text(results));
  if (loaded.cpu && !quick && contender === '') {
    mkdirSync(join(CHART, '..'), { recursive: true });
    writeFileSync(CHART, chart(loaded.cpu));
  }
} finally {
  mounts.remove();
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

function text({
  cpu,
  throughput,
  starts,
  memory,
  telemetry,
  leftOut,
  bars,
}: Results & { bars: ReturnType<typeof judge> }): string {
  return [
    `Node ${process.version}\n`,
    cpu && report.cpuText(cpu),
    throughput && report.throughputText(throughput),
    starts && report.startText(starts),
    memory && report.memoryText(memory),
    telemetry && report.telemetryText(telemetry),
    report.leftOutText(leftOut),
    report.barsText(bars),
  ]
    .filter(Boolean)
    .join('\n');
}

function wanted(section: Section): boolean {
  return sections.includes(section);
}
