// What became of requests: each is counted once, under one word.

import { median, percentile } from '../../bench/statistics.ts';

export interface Tally {
  /** All that were sent. */
  requests: number;
  /** Answered, with the caller's own content. */
  answered: number;
  /** 503 or 429 with `Retry-After`, where the scenario allows it. */
  refused: number;
  /** Ended by the caller itself, as it wanted: aborted or cancelled. */
  ended: number;
  /** Answered with what was not asked for: an error, another status, no JSON. */
  failed: number;
  /** Not answered at all: the connection ended, or nothing came in time. */
  lost: number;
  /** Answered with what belongs to another request. */
  crossed: number;
  /** How long the answered ones took, milliseconds. */
  latenciesMs: number[];
  /** The longest time without an answer, per server, milliseconds. */
  longestGapMs: Record<string, number>;
  /** The first of what went wrong, for people. */
  samples: string[];
  /** How late the load itself was at worst: p99 of its event loop, milliseconds. */
  generatorDelayMs: number;
}

export type Outcome = 'answered' | 'refused' | 'ended' | 'failed' | 'lost' | 'crossed';

const SAMPLES_KEPT = 8;

export function emptyTally(): Tally {
  return {
    requests: 0,
    answered: 0,
    refused: 0,
    ended: 0,
    failed: 0,
    lost: 0,
    crossed: 0,
    latenciesMs: [],
    longestGapMs: {},
    samples: [],
    generatorDelayMs: 0,
  };
}

/** @param why said when it is one of the bad ones. */
export function count(tally: Tally, outcome: Outcome, why = ''): void {
  tally.requests += 1;
  tally[outcome] += 1;
  const isBad = outcome === 'failed' || outcome === 'lost' || outcome === 'crossed';
  if (isBad && tally.samples.length < SAMPLES_KEPT) tally.samples.push(`${outcome}: ${why}`);
}

/** Adds `more` to `tally`. */
export function addTally(tally: Tally, more: Tally): Tally {
  for (const name of ['requests', 'answered', 'refused', 'ended'] as const)
    tally[name] += more[name];
  for (const name of ['failed', 'lost', 'crossed'] as const) tally[name] += more[name];
  tally.latenciesMs = tally.latenciesMs.concat(more.latenciesMs);
  for (const [server, gapMs] of Object.entries(more.longestGapMs)) {
    tally.longestGapMs[server] = Math.max(tally.longestGapMs[server] ?? 0, gapMs);
  }
  tally.samples = [...tally.samples, ...more.samples].slice(0, SAMPLES_KEPT);
  tally.generatorDelayMs = Math.max(tally.generatorDelayMs, more.generatorDelayMs);
  return tally;
}

/** The median of the windows. */
export function p99Ms(windows: readonly Tally[]): number {
  return median(windows.map(({ latenciesMs }) => percentile(latenciesMs, 99)));
}
