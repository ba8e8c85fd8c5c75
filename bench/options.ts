// The command line of the benchmark, and how much is measured in a full and in a quick run.

import { parseArgs } from 'node:util';

/** The parts of the benchmark, in the order in which they run. */
const SECTIONS = ['cpu', 'throughput', 'startup', 'memory', 'telemetry'] as const;

export type Section = (typeof SECTIONS)[number];

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

/** @throws for an unknown option or section. */
export function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      only: { type: 'string', default: SECTIONS.join() },
      contender: { type: 'string', default: '' },
    },
  });
  const sections = values.only.split(',');
  if (!sections.every(isSection)) {
    throw new Error(`--only: expected some of ${SECTIONS.join()}, got ${values.only}.`);
  }
  const { quick, json, contender } = values;
  return { quick, json, contender, sections, extent: quick ? QUICK : FULL };
}

function isSection(name: string): name is Section {
  return (SECTIONS as readonly string[]).includes(name);
}
