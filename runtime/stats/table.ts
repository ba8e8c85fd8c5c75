// The picture of `--stats`: one line per server and target.

import { type Counts, percentile, type Row } from './counts.ts';

const HEADINGS = ['server', 'message', 'calls', 'failed', 'p50 ms', 'p95 ms', 'max ms'];
/** Texts stand at the left, numbers at the right. */
const TEXT_COLUMNS = 2;

export function statsTable(counts: Pick<Counts, 'rows' | 'refused' | 'inFlight'>): string {
  const rows = counts
    .rows()
    .toSorted((a, b) => a.server.localeCompare(b.server) || a.target.localeCompare(b.target));
  const cells = [HEADINGS, ...rows.map(cellsOf)];
  const widths = HEADINGS.map((_, column) =>
    Math.max(...cells.map((line) => line[column]?.length ?? 0)),
  );
  const lines = cells.map(
    (line) => `  ${line.map((cell, column) => padded(cell, column, widths)).join('  ')}`,
  );
  const totals = `  in flight: ${counts.inFlight()}, refused: ${counts.refused()}`;
  return `\n${[...lines, totals].map((line) => line.trimEnd()).join('\n')}\n`;
}

function cellsOf({ server, target, calls, failed, durationsMs }: Row): string[] {
  const durations = [0.5, 0.95, 1].map((share) => percentile(durationsMs, share).toFixed(1));
  return [server, target, String(calls), String(failed), ...durations];
}

function padded(cell: string, column: number, widths: readonly number[]): string {
  const width = widths[column] ?? 0;
  return column < TEXT_COLUMNS ? cell.padEnd(width) : cell.padStart(width);
}
