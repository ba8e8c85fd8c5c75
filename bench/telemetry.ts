// What telemetry costs: the same host without a destination, with Application Insights and with OTLP, both received on
// loopback by this process. CPU per call, start-up, memory.

import type { Contender } from './contenders.ts';
import { drive } from './load.ts';
import { getRoot, messageTo } from './messages.ts';
import type { Extent } from './options.ts';
import type { Progress } from './progress.ts';
import { takeStart } from './startup.ts';
import { median } from './statistics.ts';
import { launch, type TargetOptions } from './target.ts';
import { startReceivers } from './telemetry-receivers.ts';

const CONNECTIONS = 10;

export interface TelemetryRow {
  readonly name: string;
  /** Milliseconds per call, and what it is more than without telemetry (median of the differences turn by turn). */
  readonly cpuMs: number;
  readonly addedMs: number;
  /** Wall time, milliseconds. */
  readonly rootMs: number;
  readonly firstCallMs: number;
  /** After the calls. */
  readonly rssMb: number;
}

/** The first row is the one without telemetry. @throws when openssl is missing. */
export async function measureTelemetry(
  { process: host, paths }: Contender,
  extent: Extent,
  progress: Progress,
): Promise<TelemetryRow[]> {
  const receivers = await startReceivers();
  const call = messageTo(paths[0] as string, 'call', '2025');
  const measured = receivers.environments.map(({ name, environment }) => ({
    name,
    process: { ...host, environment: { ...host.environment, ...environment } },
    rootMs: [] as number[],
    firstCallMs: [] as number[],
    cpuMs: [] as number[],
    rssMb: 0,
  }));
  try {
    for (let turn = 1; turn <= extent.starts; turn += 1) {
      for (const { process, rootMs, firstCallMs } of measured) {
        rootMs.push((await takeStart(process, [getRoot()])).wallMs);
        firstCallMs.push((await takeStart(process, [call])).wallMs);
      }
      progress(`Telemetry, start-up: ${turn} of ${extent.starts} turns`);
    }
    await measureCalls(measured, call, extent, progress);
  } finally {
    receivers.stop();
  }
  const off = measured[0]?.cpuMs ?? [];
  return measured.map(({ name, rootMs, firstCallMs, cpuMs, rssMb }) => ({
    name,
    cpuMs: median(cpuMs),
    addedMs: median(cpuMs.map((value, turn) => value - (off[turn] as number))),
    rootMs: median(rootMs),
    firstCallMs: median(firstCallMs),
    rssMb,
  }));
}

async function measureCalls(
  measured: readonly { process: TargetOptions; cpuMs: number[]; rssMb: number }[],
  call: Buffer,
  { batches, callsPerBatch, warmUpCalls }: Extent,
  progress: Progress,
): Promise<void> {
  const targets = await Promise.all(measured.map(({ process }) => launch(process)));
  const run = (port: number, calls: number): Promise<number> =>
    drive({
      port,
      requests: [call],
      connections: CONNECTIONS,
      isEnough: (done) => done >= calls,
      staysAwake: true,
    });
  try {
    for (const target of targets) {
      await target.firstAnswer(call);
      await run(target.port, warmUpCalls);
    }
    for (let turn = 1; turn <= batches; turn += 1) {
      for (const [at, target] of targets.entries()) {
        const before = target.cpuMs();
        await run(target.port, callsPerBatch);
        measured[at]?.cpuMs.push((target.cpuMs() - before) / callsPerBatch);
      }
      progress(`Telemetry, CPU per call: ${turn} of ${batches} turns`);
    }
    for (const [at, target] of targets.entries()) {
      Object.assign(measured[at] as object, { rssMb: target.rssMb() });
    }
  } finally {
    await Promise.all(targets.map((target) => target.stop()));
  }
}
