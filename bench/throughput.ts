// Requests per second of a closed loop at 1, 10 and 50 connections, and how long a call takes then.

import type { Row } from './contenders.ts';
import { drive } from './load.ts';
import type { Era } from './messages.ts';
import type { Extent } from './options.ts';
import type { Progress } from './progress.ts';
import { median, percentile } from './statistics.ts';

const CONNECTIONS = [1, 10, 50] as const;

export interface ThroughputRow {
  readonly contender: string;
  readonly mounted: number;
  readonly era: Era;
  /** At 1, 10 and 50 connections. */
  readonly loads: readonly Load[];
}

export interface Load {
  readonly connections: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Share of the time in which the generator's one thread computed; near 1 the generator is the limit. */
  readonly generatorShare: number;
}

export async function measureThroughput(
  rows: readonly Row[],
  { rounds, roundMs }: Extent,
  progress: Progress,
): Promise<ThroughputRow[]> {
  const measured = rows
    .filter(({ ask }) => ask === 'call')
    .map((row) => ({
      row,
      loads: CONNECTIONS.map((connections) => ({ connections, took: [] as Load[] })),
    }));
  for (let round = 1; round <= rounds; round += 1) {
    for (const { row, loads } of measured) {
      for (const { connections, took } of loads) took.push(await load(row, connections, roundMs));
    }
    progress(`Requests per second: ${round} of ${rounds} rounds over ${measured.length} rows`);
  }
  return measured.map(({ row: { contender, mounted, era }, loads }) => ({
    contender,
    mounted,
    era,
    loads: loads.map(({ connections, took }) => ({
      connections,
      perSecond: median(took.map(({ perSecond }) => perSecond)),
      p50Ms: median(took.map(({ p50Ms }) => p50Ms)),
      p99Ms: median(took.map(({ p99Ms }) => p99Ms)),
      generatorShare: median(took.map(({ generatorShare }) => generatorShare)),
    })),
  }));
}

async function load({ target, requests }: Row, connections: number, ms: number): Promise<Load> {
  const took: number[] = [];
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const calls = await drive({
    port: target.port,
    requests,
    connections,
    isEnough: () => performance.now() - startedAt >= ms,
    onCall: (callMs) => void took.push(callMs),
  });
  const elapsedMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    connections,
    perSecond: (calls / elapsedMs) * 1_000,
    p50Ms: percentile(took, 50),
    p99Ms: percentile(took, 99),
    generatorShare: (user + system) / 1_000 / elapsedMs,
  };
}
