// Two builds of this host in one run: batches of both alternate beside batches of the floor, so that a machine that is
// slower for a while is so for all three.

import { type Contender, FLOOR, floorLike, hosts, type Row, startField } from './contenders.ts';
import { isSameMessage, sample, warmUp } from './cpu.ts';
import { createMounts, type Mounts } from './mounts.ts';
import type { Extent, Options } from './options.ts';
import type { Progress } from './progress.ts';
import { plainStarts, type Start, takeStart } from './startup.ts';
import { median } from './statistics.ts';

/** A build is worse in a row when it uses more CPU than the other one by more than 5 %. */
const WORSE_ABOVE = 1.05;

export interface Comparison {
  /** Medians of the turns, for this build and for the other. */
  readonly timesFloor: number;
  readonly otherTimesFloor: number;
  /** (this build / floor) / (other build / floor), turn by turn. */
  readonly ratio: { readonly median: number; readonly min: number; readonly max: number };
  readonly isWorse: boolean;
}

export interface AgainstRow extends Comparison {
  readonly name: string;
}

export interface Against {
  readonly rows: readonly AgainstRow[];
  /** What could not be compared, and why; one sentence each. */
  readonly leftOut: readonly string[];
}

/** CPU of one batch of each side, milliseconds. */
export interface Turn {
  readonly floor: number;
  readonly own: number;
  readonly other: number;
}

/** How to take one batch of each side. */
type Sides = Readonly<Record<keyof Turn, () => Promise<number>>>;

/** One side of all rows: a build, its servers, and how they are started. */
interface Build {
  readonly mounts: Mounts;
  readonly contenders: readonly Contender[];
}

/** @throws when no mode of this host is called like `--contender`, or a build cannot bundle the servers. */
export async function measureAgainst(
  folder: string,
  { sections, contender, extent }: Options,
  progress: Progress,
): Promise<Against> {
  const [mounts, otherMounts] = [createMounts(), createMounts(folder)];
  try {
    const own = { mounts, contenders: hosts(mounts, contender) };
    const other = { mounts: otherMounts, contenders: hosts(otherMounts, contender) };
    const [first] = own.contenders;
    if (!first) throw new Error(`--contender: no mode of this host is called like ${contender}.`);
    const floor = await floorLike(first);
    const parts = [
      sections.includes('cpu') && (await againstCpu(floor, own, other, extent, progress)),
      sections.includes('startup') && (await againstStarts(floor, own, other, extent, progress)),
    ].filter((part) => part !== false);
    return {
      rows: parts.flatMap(({ rows }) => rows),
      leftOut: parts.flatMap(({ leftOut }) => leftOut),
    };
  } finally {
    mounts.remove();
    otherMounts.remove();
  }
}

export function compare(turns: readonly Turn[]): Comparison {
  const ratios = turns.map(({ floor, own, other }) => own / floor / (other / floor));
  const ratio = { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) };
  return {
    timesFloor: median(turns.map(({ floor, own }) => own / floor)),
    otherTimesFloor: median(turns.map(({ floor, other }) => other / floor)),
    ratio,
    // Not `>`: what was not measured is worse.
    isWorse: !(ratio.median <= WORSE_ABOVE),
  };
}

async function againstCpu(
  floor: Contender,
  own: Build,
  other: Build,
  extent: Extent,
  progress: Progress,
): Promise<Against> {
  progress('Starting both builds');
  const field = await startField([floor, ...own.contenders]);
  const otherField = await startField(other.contenders);
  const floors = field.rows.filter(isFloor);
  const pairs = field.rows
    .filter((row) => !isFloor(row))
    .flatMap((row) => {
      const same = otherField.rows.find((it) => isSameRow(it, row));
      return same ? [{ row, same }] : [];
    });
  const rows: AgainstRow[] = [];
  try {
    for (const row of floors) await warmUp(row, extent);
    for (const [at, { row, same }] of pairs.entries()) {
      progress(`CPU per request: row ${at + 1} of ${pairs.length}`);
      const reference = floors.find((it) => isSameMessage(it, row)) as Row;
      await warmUp(row, extent);
      await warmUp(same, extent);
      const sides = {
        floor: () => sample(reference, extent),
        own: () => sample(row, extent),
        other: () => sample(same, extent),
      };
      rows.push({ name: nameOf(row), ...compare(await takeTurns(sides, extent.batches)) });
    }
  } finally {
    await Promise.all([field.stop(), otherField.stop()]);
  }
  const leftOut = [
    ...field.leftOut.map((text) => `this build: ${text}`),
    ...otherField.leftOut.map((text) => `the other build: ${text}`),
  ];
  return { rows, leftOut };
}

async function againstStarts(
  floor: Contender,
  own: Build,
  other: Build,
  { starts }: Extent,
  progress: Progress,
): Promise<Against> {
  const all = plainStarts([floor, ...own.contenders], own.mounts);
  const others = plainStarts(other.contenders, other.mounts);
  const compared = all.filter(({ name, reference }) => name !== reference);
  const rows: AgainstRow[] = [];
  const leftOut: string[] = [];
  for (const [at, start] of compared.entries()) {
    progress(`Start-up: row ${at + 1} of ${compared.length}`);
    const { name, until, reference } = start;
    const isOf = (it: Start, named: string): boolean => it.until === until && it.name === named;
    const sides = {
      floor: startOf(all.find((it) => isOf(it, reference)) as Start),
      own: startOf(start),
      other: startOf(others.find((it) => isOf(it, name)) as Start),
    };
    const title = `${name}: ${until}`;
    try {
      rows.push({ name: title, ...compare(await takeTurns(sides, starts)) });
    } catch (error) {
      leftOut.push(`${title}: ${(error as Error).message}`);
    }
  }
  return { rows, leftOut };
}

/** Neither build always runs right after the floor. */
async function takeTurns({ floor, own, other }: Sides, count: number): Promise<Turn[]> {
  const turns: Turn[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    const floorMs = await floor();
    const ownFirst = turn % 2 === 0 ? await own() : undefined;
    const otherMs = await other();
    turns.push({ floor: floorMs, own: ownFirst ?? (await own()), other: otherMs });
  }
  return turns;
}

function startOf({ process, requests }: Start): () => Promise<number> {
  return async () => (await takeStart(process, requests)).cpuMs;
}

function isFloor({ contender }: Row): boolean {
  return contender === FLOOR;
}

function isSameRow(one: Row, other: Row): boolean {
  return (
    isSameMessage(one, other) && one.contender === other.contender && one.mounted === other.mounted
  );
}

function nameOf({ contender, mounted, ask, era }: Row): string {
  return `${contender}, ${mounted === 1 ? '1 server' : `${mounted} servers`}, ${ask} ${era}`;
}
