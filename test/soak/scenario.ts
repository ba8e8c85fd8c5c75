// What a scenario is, and what it leaves behind: rows of the table.

import { emptyTally, type Tally } from './tally.ts';

export interface Bar {
  /** What is compared, with its unit. */
  readonly what: string;
  readonly value: number;
  readonly relation: 'at most' | 'at least';
  readonly limit: number;
  /** A busy machine can miss it: see run-scenario.ts. */
  readonly isTime?: true;
}

export interface Row {
  /** What was done. */
  readonly name: string;
  /** Of the callers that must not notice anything. */
  readonly tally: Tally;
  readonly seconds: number;
  /** What was done to the host meanwhile, and how often. */
  readonly faults: Readonly<Record<string, number>>;
  /** Of the host, unwanted ones. */
  readonly exits: number;
  readonly rssMaxMb: number;
  /** Undefined where nobody could be asked. */
  readonly heapMaxMb?: number;
  readonly bars: readonly Bar[];
  /** Numbers that no bar is about. */
  readonly notes?: readonly string[];
  /** Shown when a bar is missed. */
  readonly evidence: readonly string[];
}

export interface Context {
  /** The script of the host. */
  readonly main: string;
  readonly seed: number;
  /** Length of the whole run. */
  readonly minutes: number;
  /** @param state how far the scenario is */
  readonly progress: (state: string) => void;
}

export interface Scenario {
  readonly name: string;
  /** One sentence for the usage. */
  readonly about: string;
  run(context: Context): Promise<Row[]>;
}

/** @returns the rows of `work`, or one that misses its bar and says why there are none */
export async function attempt(name: string, work: () => Promise<Row[]>): Promise<Row[]> {
  const startedAt = performance.now();
  try {
    return await work();
  } catch (error) {
    const seconds = (performance.now() - startedAt) / 1_000;
    const evidence = `${error instanceof Error ? error.message : error}`.split('\n');
    const bars = [atLeast('runs to its end', 0, 1)];
    return [
      { name, tally: emptyTally(), seconds, faults: {}, exits: 0, rssMaxMb: 0, bars, evidence },
    ];
  }
}

const CI_MINUTES = 5;
const HAND_MINUTES = 20;

/** A number that grows with the minutes. @param ci with 5. @param hand with 20 */
export function scaled(minutes: number, ci: number, hand: number): number {
  const share = (minutes - CI_MINUTES) / (HAND_MINUTES - CI_MINUTES);
  const value = minutes < CI_MINUTES ? (ci * minutes) / CI_MINUTES : ci + (hand - ci) * share;
  return Math.max(1, Math.round(value));
}

/** Bars are wider where CI's machine is short of time. */
export function isShort(minutes: number): boolean {
  return minutes < HAND_MINUTES;
}

export const atMost = (what: string, value: number, limit: number): Bar => ({
  what,
  value,
  limit,
  relation: 'at most',
});

export const atMostTime = (what: string, value: number, limit: number): Bar => ({
  ...atMost(what, value, limit),
  isTime: true,
});

export const atLeast = (what: string, value: number, limit: number): Bar => ({
  what,
  value,
  limit,
  relation: 'at least',
});

/** @param answered what was held at least: a load that was not made cannot meet a bar. */
export function nobodyHarmed(tally: Tally, answered: number): Bar[] {
  return [
    atLeast('answered', tally.answered, answered),
    atMost('failed', tally.failed, 0),
    ...nothingMixedUp(tally),
  ];
}

export function nothingMixedUp(tally: Tally): Bar[] {
  return [atMost('lost', tally.lost, 0), atMost('crossed', tally.crossed, 0)];
}

export function isMet({ value, relation, limit }: Bar): boolean {
  // A number that is none meets nothing.
  return relation === 'at most' ? value <= limit : value >= limit;
}
