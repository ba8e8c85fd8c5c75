// Prints lists of tools, prompts and resources: as a table, or as lines if the terminal is too
// narrow.

import { textTable } from '../../config/text-table.ts';
import { bold, printable } from '../terminal.ts';

const MIN_LAST_COLUMN = 24;

/**
 * @param rows texts of servers; the last column is cut where it does not fit
 * @param width of the terminal; undefined: nothing is cut
 */
export function renderOverview(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  width: number | undefined = process.stdout.columns,
): string[] {
  const safe = rows.map((row) => row.map(printable));
  const [head = '', ...lines] = textTable([header, ...safe]);
  const all = [bold(head), ...lines];
  if (width === undefined || Math.max(...[head, ...lines].map((line) => line.length)) <= width) {
    return all;
  }
  const before = textTable([header, ...safe].map((row) => [...row.slice(0, -1), '|']));
  const used = Math.max(...before.map((line) => line.length)) - 1;
  if (width - used >= MIN_LAST_COLUMN) {
    return [bold(head), ...lines.map((line) => cut(line, width))];
  }
  return safe.flatMap(([first = '', ...rest]) => [
    bold(cut(first, width)),
    ...rest.filter((text) => text !== '').map((text) => cut(`  ${text}`, width)),
  ]);
}

/** The first line of a description. */
export function firstLine(text: string | undefined): string {
  return text?.trim().split('\n')[0]?.trim() ?? '';
}

function cut(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}
