// Server CPU per request, in batches. The floor is measured anew before each batch of another row, so that a machine
// that is faster or slower for a while is so for both.

import { FLOOR, type Row } from './contenders.ts';
import { drive } from './load.ts';
import type { Ask, Era } from './messages.ts';
import type { Extent } from './options.ts';
import type { Progress } from './progress.ts';
import { median } from './statistics.ts';

const CONNECTIONS = 10;

export interface CpuRow {
  readonly contender: string;
  readonly mounted: number;
  readonly ask: Ask;
  readonly era: Era;
  readonly calls: number;
  /** Median of the batches. */
  readonly cpuMs: number;
  /** Against the floor that answers the same message, median of the batches. */
  readonly timesFloor: number;
  /** The same of each batch; the same place is the same turn in all rows but the floor's. */
  readonly timesFloorSamples: readonly number[];
}

/** A row with what was measured of it so far. */
interface Measured {
  readonly row: Row;
  readonly samplesMs: number[];
  readonly timesFloorSamples: number[];
}

export async function measureCpu(
  rows: readonly Row[],
  extent: Extent,
  progress: Progress,
): Promise<CpuRow[]> {
  const measured = rows.map((row): Measured => ({ row, samplesMs: [], timesFloorSamples: [] }));
  const [floors, others] = [measured.filter(isFloor), measured.filter((it) => !isFloor(it))];
  for (const [at, { row }] of measured.entries()) {
    progress(`CPU per request: warming up ${at + 1} of ${rows.length} rows`);
    await batch(row, extent.warmUpCalls);
  }
  for (let turn = 1; turn <= extent.batches; turn += 1) {
    for (const [at, contender] of others.entries()) {
      progress(
        `CPU per request: turn ${turn} of ${extent.batches}, row ${at + 1} of ${others.length}`,
      );
      const floor = floors.find(({ row }) => isSameMessage(row, contender.row)) as Measured;
      const floorMs = await sample(floor, extent);
      contender.timesFloorSamples.push((await sample(contender, extent)) / floorMs);
      floor.timesFloorSamples.push(1);
    }
  }
  return measured.map(
    ({ row: { contender, mounted, ask, era }, samplesMs, timesFloorSamples }) => ({
      contender,
      mounted,
      ask,
      era,
      calls: samplesMs.length * extent.callsPerBatch,
      cpuMs: median(samplesMs),
      timesFloor: median(timesFloorSamples),
      timesFloorSamples,
    }),
  );
}

async function sample(
  { row, samplesMs }: Measured,
  { callsPerBatch, leadInCalls }: Extent,
): Promise<number> {
  await batch(row, leadInCalls);
  const ms = await batch(row, callsPerBatch);
  samplesMs.push(ms);
  return ms;
}

/** @returns CPU per call, milliseconds. */
async function batch({ target, requests }: Row, calls: number): Promise<number> {
  const before = target.cpuMs();
  const isEnough = (callsSoFar: number): boolean => callsSoFar >= calls;
  const staysAwake = true;
  await drive({ port: target.port, requests, connections: CONNECTIONS, isEnough, staysAwake });
  return (target.cpuMs() - before) / calls;
}

function isFloor({ row }: Measured): boolean {
  return row.contender === FLOOR;
}

function isSameMessage(one: Row, other: Row): boolean {
  return one.ask === other.ask && one.era === other.era;
}
