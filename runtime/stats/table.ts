// The table of `--stats`: one line per server and target, as many as the terminal shows.

import { textTable } from '../../config/text-table.ts';
import { cutEnd, cutStart, widthOf } from '../../config/text-width.ts';
import type { Screen } from '../exchange/screen.ts';
import { type Counts, percentile, type Row } from './counts.ts';

const HEADINGS = ['server', 'message', 'calls', 'failed', 'p50 ms', 'p95 ms', 'max ms'];
/** Texts stand at the left, numbers at the right. */
const TEXT_COLUMNS = 2;
/** Left out where the terminal is narrow, in this order. */
const DISPENSABLE = ['max ms', 'p50 ms', 'p95 ms'];
/** Shorter names tell less than the numbers do. */
const GOOD_MESSAGE_WIDTH = 20;
const MIN_MESSAGE_WIDTH = 8;
const MIN_SERVER_WIDTH = 4;
const INDENT = '  ';
/** Lines that are not rows, and the line of the cursor. */
const OTHER_LINES = 5;

/** @returns lines without their ends. */
export function statsTable(
  counts: Pick<Counts, 'rows' | 'refused' | 'inFlight'>,
  { columns = Number.POSITIVE_INFINITY, rows = Number.POSITIVE_INFINITY }: Partial<Screen> = {},
): string[] {
  const all = counts.rows();
  const shown = mostCalled(all, Math.max(1, rows - OTHER_LINES)).toSorted(
    (a, b) => a.server.localeCompare(b.server) || a.target.localeCompare(b.target),
  );
  const hidden = all.length - shown.length;
  const lines = [
    '',
    ...fitted([HEADINGS, ...shown.map(cellsOf)], columns - INDENT.length),
    ...(hidden > 0 ? [`and ${hidden} with fewer calls`] : []),
    `in flight: ${counts.inFlight()}, refused: ${counts.refused()}`,
  ];
  return lines.map((line) => (line === '' ? '' : cutEnd(INDENT + line, columns)));
}

function mostCalled(rows: readonly Row[], limit: number): readonly Row[] {
  return rows.length <= limit ? rows : rows.toSorted((a, b) => b.calls - a.calls).slice(0, limit);
}

/** Long names are cut first, then numbers are left out, then names are cut further. */
function fitted(cells: readonly (readonly string[])[], columns: number): string[] {
  const excess = (table: readonly (readonly string[])[]): number =>
    Math.max(...asLines(table).map(widthOf)) - columns;
  let table = cells;
  for (const heading of DISPENSABLE) {
    const cut = withCut(table, 1, excess(table), GOOD_MESSAGE_WIDTH, cutStart);
    if (excess(cut) <= 0) return asLines(cut);
    const column = table[0]?.indexOf(heading);
    table = table.map((row) => row.filter((_, index) => index !== column));
  }
  table = withCut(table, 1, excess(table), MIN_MESSAGE_WIDTH, cutStart);
  return asLines(withCut(table, 0, excess(table), MIN_SERVER_WIDTH, cutEnd));
}

/** The end of a message is the name of what was called. */
function withCut(
  table: readonly (readonly string[])[],
  column: number,
  excess: number,
  minimum: number,
  cut: typeof cutEnd,
): readonly (readonly string[])[] {
  if (excess <= 0) return table;
  const width = Math.max(...table.map((row) => widthOf(row[column] ?? '')));
  const limit = Math.max(minimum, width - excess);
  return table.map((row) => row.map((cell, index) => (index === column ? cut(cell, limit) : cell)));
}

function asLines(table: readonly (readonly string[])[]): string[] {
  return textTable(table, (_, column) => column >= TEXT_COLUMNS);
}

function cellsOf({ server, target, calls, failed, durationsMs }: Row): string[] {
  const sorted = durationsMs.toSorted((a, b) => a - b);
  const durations = [0.5, 0.95, 1].map((share) => percentile(sorted, share).toFixed(1));
  return [server, target, String(calls), String(failed), ...durations];
}
