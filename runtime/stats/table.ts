// The table of `--stats`: one line per server and target.

import { textTable } from '../../config/text-table.ts';
import { type Counts, percentile, type Row } from './counts.ts';

const HEADINGS = ['server', 'message', 'calls', 'failed', 'p50 ms', 'p95 ms', 'max ms'];
/** Texts stand at the left, numbers at the right. */
const TEXT_COLUMNS = 2;

export function statsTable(counts: Pick<Counts, 'rows' | 'refused' | 'inFlight'>): string {
  const rows = counts
    .rows()
    .toSorted((a, b) => a.server.localeCompare(b.server) || a.target.localeCompare(b.target));
  const cells = [HEADINGS, ...rows.map(cellsOf)];
  const lines = textTable(cells, (_, column) => column >= TEXT_COLUMNS);
  const totals = `in flight: ${counts.inFlight()}, refused: ${counts.refused()}`;
  return `\n${[...lines, totals].map((line) => `  ${line}`).join('\n')}\n`;
}

function cellsOf({ server, target, calls, failed, durationsMs }: Row): string[] {
  const durations = [0.5, 0.95, 1].map((share) => percentile(durationsMs, share).toFixed(1));
  return [server, target, String(calls), String(failed), ...durations];
}
