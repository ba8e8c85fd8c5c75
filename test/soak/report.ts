// The table at the end, and why a bar was missed.

import { textTable } from '../../config/text-table.ts';
import { type Bar, isMet, type Row } from './scenario.ts';

export interface ScenarioResult {
  readonly scenario: string;
  readonly rows: readonly Row[];
}

const HEADER = [
  'scenario',
  'requests',
  'per s',
  'answered',
  'refused',
  'ended',
  'failed',
  'lost',
  'crossed',
  'exits',
  'RSS MiB',
  'heap MiB',
  'bars',
  'result',
] as const;

export function missedBars(row: Row): Bar[] {
  return row.bars.filter((bar) => !isMet(bar));
}

export function isAllMet(results: readonly ScenarioResult[]): boolean {
  return results.every(
    ({ rows }) => rows.length > 0 && rows.every((row) => missedBars(row).length === 0),
  );
}

export function formatTable(results: readonly ScenarioResult[]): string {
  const rows = results.flatMap(({ scenario, rows }) => rows.map((row) => cells(scenario, row)));
  const isNumber = (cell: string): boolean => /^[\d,.-]+$/.test(cell);
  return textTable([HEADER, ...rows], isNumber).join('\n');
}

/** One block for each row: what was done to the host, other numbers, and what went wrong. */
export function formatDetails(results: readonly ScenarioResult[]): string {
  return results
    .flatMap(({ scenario, rows }) => rows.map((row) => details(scenario, row)))
    .join('\n');
}

function cells(scenario: string, row: Row): string[] {
  const { tally, seconds } = row;
  const missed = missedBars(row).length;
  return [
    title(scenario, row),
    ...[tally.requests, tally.requests / seconds, tally.answered, tally.refused, tally.ended].map(
      whole,
    ),
    ...[tally.failed, tally.lost, tally.crossed, row.exits, row.rssMaxMb].map(whole),
    row.heapMaxMb === undefined ? '-' : whole(row.heapMaxMb),
    `${row.bars.length - missed} of ${row.bars.length}`,
    missed === 0 ? 'met' : 'MISSED',
  ];
}

function details(scenario: string, row: Row): string {
  const missed = missedBars(row);
  const faults = Object.entries(row.faults).map(([fault, times]) => `${whole(times)} ${fault}`);
  const lines = [
    title(scenario, row),
    ...(faults.length > 0 ? [`  faults injected: ${faults.join(', ')}`] : []),
    ...missed.map((bar) => `  MISSED: ${formatBar(bar)}`),
    `  met: ${row.bars.filter(isMet).map(formatBar).join('; ') || 'none'}`,
    `  the load itself was late by ${whole(row.tally.generatorDelayMs)} ms at p99`,
    ...(row.notes ?? []).map((note) => `  ${note}`),
  ];
  if (missed.length === 0) return lines.join('\n');
  const why = [...row.tally.samples, ...row.evidence].map((line) => `    | ${line.slice(0, 500)}`);
  return [...lines, ...why].join('\n');
}

function title(scenario: string, { name }: Row): string {
  return name === '' ? scenario : `${scenario}: ${name}`;
}

export function formatBar({ what, value, relation, limit }: Bar): string {
  return `${what} ${exact(value)} (${relation} ${exact(limit)})`;
}

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
const exact = (value: number): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: 2 });
