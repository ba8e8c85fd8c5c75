// Server CPU per request: the batches of a row alternate with batches of the floor, so that a machine that is faster or
// slower for a while is so for both. Row after row: a process that idles for minutes loses its compiled code.

import { FLOOR, type Row } from './contenders.ts';
import { drive } from './load.ts';
import type { Ask, Era } from './messages.ts';
import type { Extent } from './options.ts';
import type { Progress } from './progress.ts';
import { median } from './statistics.ts';

const CONNECTIONS = 10;
const WARM_UP_LIMIT_MS = 10_000;

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
  /** The same of each batch. */
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
  for (const { row } of floors) await warmUp(row, extent);
  for (const [at, contender] of others.entries()) {
    progress(`CPU per request: row ${at + 1} of ${others.length}`);
    const floor = floors.find(({ row }) => isSameMessage(row, contender.row)) as Measured;
    await warmUp(contender.row, extent);
    for (let turn = 1; turn <= extent.batches; turn += 1) {
      const floorMs = await take(floor, extent);
      contender.timesFloorSamples.push((await take(contender, extent)) / floorMs);
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

/** The code of each server is compiled by its own calls; slow ones share most of it. */
export async function warmUp(row: Row, { warmUpCalls }: Extent): Promise<void> {
  const startedAt = performance.now();
  await drive({
    ...loadOn(row),
    isEnough: (calls) =>
      calls >= warmUpCalls * row.mounted || performance.now() - startedAt >= WARM_UP_LIMIT_MS,
  });
}

async function take({ row, samplesMs }: Measured, extent: Extent): Promise<number> {
  const ms = await sample(row, extent);
  samplesMs.push(ms);
  return ms;
}

/** @returns CPU per call of one batch, milliseconds. */
export async function sample(
  row: Row,
  { callsPerBatch, leadInCalls }: Pick<Extent, 'callsPerBatch' | 'leadInCalls'>,
): Promise<number> {
  await batch(row, leadInCalls);
  return batch(row, callsPerBatch);
}

async function batch(row: Row, calls: number): Promise<number> {
  const before = row.target.cpuMs();
  await drive({ ...loadOn(row), isEnough: (callsSoFar) => callsSoFar >= calls });
  return (row.target.cpuMs() - before) / calls;
}

function loadOn({ target, requests }: Row) {
  return { port: target.port, requests, connections: CONNECTIONS, staysAwake: true };
}

function isFloor({ row }: Measured): boolean {
  return row.contender === FLOOR;
}

export function isSameMessage(one: Row, other: Row): boolean {
  return one.ask === other.ask && one.era === other.era;
}
