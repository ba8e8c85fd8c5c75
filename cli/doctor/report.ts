// The doctor's table, its summary, and what the outcome means for the exit code.

import { renderRows } from '../table.ts';
import { GROUPS, RESULTS, type Result, type Row } from './row.ts';

/** Words of the table. None of them says that something works: that is seen by a client only. */
const WORDS: Readonly<Record<Result, string>> = {
  expected: 'as expected',
  problem: 'PROBLEM',
  unknown: 'unknown',
  skipped: 'skipped',
  noted: 'noted',
};

/**
 * 0: all that was looked at is as expected. 1: a problem. 3: no problem was seen, but something
 * could not be decided.
 */
export function exitCodeOf(rows: readonly Row[]): 0 | 1 | 3 {
  if (rows.some(({ result }) => result === 'problem')) return 1;
  return rows.some(({ result }) => result === 'unknown') ? 3 : 0;
}

/** Expected stands only where something else came: then with the fix below it. */
export function renderReport(rows: readonly Row[]): string[] {
  const cells = GROUPS.flatMap((group) => rows.filter((row) => row.group === group)).map(toCells);
  const { head, blocks } = renderRows(
    ['RESULT', 'GROUP', 'CHECK', 'CAME'],
    cells.map(({ line }) => line),
  );
  const body = blocks.flatMap((block, index) => [...block, ...(cells[index]?.below ?? [])]);
  return [...head, ...body, '', summaryOf(rows)];
}

function toCells({ result, group, check, came, expected, fix }: Row) {
  const isExplained = result === 'problem' || result === 'unknown';
  return {
    line: [WORDS[result], group, check, came],
    below: [
      ...(isExplained ? [`             expected: ${expected}`] : []),
      ...(fix === undefined ? [] : [`             fix: ${fix}`]),
    ],
  };
}

function summaryOf(rows: readonly Row[]): string {
  const counts = RESULTS.map((result) => ({
    word: WORDS[result],
    count: rows.filter((row) => row.result === result).length,
  }))
    .filter(({ count }) => count > 0)
    .map(({ word, count }) => `${count} ${word}`.toLowerCase());
  return `${counts.join(', ')}. "As expected" is not a guarantee: only a call from a client shows that a server works.`;
}
