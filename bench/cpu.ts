// Server CPU per request: interleaved batches over all rows, so that neighbours on the machine disturb all alike.

import { FLOOR, type Row } from './contenders.ts';
import { drive } from './load.ts';
import type { Ask, Era } from './messages.ts';
import type { Extent } from './options.ts';
import type { Progress } from './progress.ts';
import { median, medianRatio } from './statistics.ts';

const CONNECTIONS = 10;

export interface CpuRow {
  readonly contender: string;
  readonly mounted: number;
  readonly ask: Ask;
  readonly era: Era;
  readonly calls: number;
  readonly cpuMs: number;
  /** Against the floor that answers the same message. */
  readonly timesFloor: number;
  /** CPU per call of each batch, milliseconds; the same place is the same turn in all rows. */
  readonly samplesMs: readonly number[];
}

export interface CpuTable {
  readonly rows: readonly CpuRow[];
  /** CPU that the load generator itself used per call, milliseconds. */
  readonly generatorMs: number;
}

export async function measureCpu(
  rows: readonly Row[],
  { batches, callsPerBatch, warmUpCalls, leadInCalls }: Extent,
  progress: Progress,
): Promise<CpuTable> {
  const measured = rows.map((row) => ({ row, samplesMs: [] as number[] }));
  progress('CPU per request: warming up');
  for (const { row } of measured) await batch(row, warmUpCalls);
  const generatorBefore = process.cpuUsage();
  for (let turn = 1; turn <= batches; turn += 1) {
    for (const { row, samplesMs } of measured) {
      await batch(row, leadInCalls);
      samplesMs.push(await batch(row, callsPerBatch));
    }
    progress(`CPU per request: ${turn} of ${batches} turns over ${rows.length} rows`);
  }
  const { user, system } = process.cpuUsage(generatorBefore);
  const calls = batches * callsPerBatch;
  const sent = (calls + batches * leadInCalls) * rows.length;
  return {
    rows: measured.map(({ row, samplesMs }) => {
      const floor = measured.find((other) => isFloorOf(other.row, row));
      return {
        ...identity(row),
        calls,
        cpuMs: median(samplesMs),
        timesFloor: medianRatio(samplesMs, floor?.samplesMs ?? []),
        samplesMs,
      };
    }),
    generatorMs: (user + system) / 1_000 / sent,
  };
}

/** @returns CPU per call, milliseconds. */
async function batch({ target, requests }: Row, calls: number): Promise<number> {
  const before = target.cpuMs();
  const isEnough = (callsSoFar: number): boolean => callsSoFar >= calls;
  await drive({ port: target.port, requests, connections: CONNECTIONS, isEnough });
  return (target.cpuMs() - before) / calls;
}

function isFloorOf(candidate: Row, { ask, era }: Row): boolean {
  return candidate.contender === FLOOR && candidate.ask === ask && candidate.era === era;
}

function identity({ contender, mounted, ask, era }: Row): Pick<Row, keyof CpuRow & keyof Row> {
  return { contender, mounted, ask, era };
}
