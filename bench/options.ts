// The command line of the benchmark, and how much is measured in a full and in a quick run.

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** The parts of the benchmark, in the order in which they run. */
const SECTIONS = ['cpu', 'throughput', 'startup', 'memory', 'telemetry', 'kinds'] as const;

export type Section = (typeof SECTIONS)[number];

/** What `--against` can measure. Without `--only` it measures the first. */
const COMPARED_SECTIONS: readonly Section[] = ['cpu', 'startup'];

export interface Extent {
  /** Batches of each row of the CPU table; odd, so that the median is one of them. */
  readonly batches: number;
  readonly callsPerBatch: number;
  /** Calls of each server of a row before the first batch, so that its code is compiled. */
  readonly warmUpCalls: number;
  /** Calls before each batch: what was idle for a moment is slow at first. */
  readonly leadInCalls: number;
  /** Times that requests per second are measured, and how long each, milliseconds. */
  readonly rounds: number;
  readonly roundMs: number;
  /** Times that each process is started. */
  readonly starts: number;
}

export interface Options {
  readonly quick: boolean;
  readonly json: boolean;
  readonly sections: readonly Section[];
  /** Part of the names of those that are measured beside the floor; empty: everybody. */
  readonly contender: string;
  /** Folder of another build that this one is compared with. */
  readonly against?: string;
  readonly extent: Extent;
}

const FULL: Extent = {
  batches: 5,
  callsPerBatch: 20_000,
  warmUpCalls: 20_000,
  leadInCalls: 1_000,
  rounds: 3,
  roundMs: 1_000,
  starts: 15,
};
const QUICK: Extent = {
  batches: 3,
  callsPerBatch: 700,
  warmUpCalls: 1_500,
  leadInCalls: 700,
  rounds: 1,
  roundMs: 300,
  starts: 3,
};

/** What `--against` changes: more batches, each shorter, so that a slow moment spoils few of them. */
const COMPARED = { batches: 9, maxCallsPerBatch: 5_000, starts: 15 } as const;

/** What a checkout has when it is installed and built. */
const BUILD = ['dist/main.js', 'dist/build/main.js', 'node_modules'];

/** @throws for an unknown option or section, and for an `--against` without a build. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      only: { type: 'string' },
      contender: { type: 'string', default: '' },
      against: { type: 'string' },
    },
  });
  const { quick, json, contender } = values;
  const extent = quick ? QUICK : FULL;
  if (values.against === undefined) {
    return { quick, json, contender, extent, sections: readSections(values.only, SECTIONS) };
  }
  const sections = readSections(values.only ?? COMPARED_SECTIONS[0], COMPARED_SECTIONS);
  const against = resolve(values.against);
  const missing = BUILD.find((path) => !existsSync(join(against, path)));
  if (missing) {
    throw new Error(
      `--against: expected the folder of another build of this host, got ${against}, which has no ${missing}. Fix: run npm ci and npm run build in it.`,
    );
  }
  const { batches, maxCallsPerBatch, starts } = COMPARED;
  const callsPerBatch = Math.min(extent.callsPerBatch, maxCallsPerBatch);
  const compared = { ...extent, batches, callsPerBatch, starts };
  return { quick, json, contender, sections, against, extent: compared };
}

function readSections(only: string | undefined, known: readonly Section[]): readonly Section[] {
  const sections = only?.split(',') ?? known;
  const isKnown = (name: string): name is Section => (known as readonly string[]).includes(name);
  if (!sections.every(isKnown)) {
    throw new Error(`--only: expected some of ${known.join()}, got ${only}.`);
  }
  return sections;
}
