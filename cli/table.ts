// A table for terminals, with a bold header. On a narrow terminal, a block of lines for each row.

import { textTable } from '../config/text-table.ts';
import { bold } from './terminal.ts';

/** Below this, a table that is wider than the terminal cannot be read: each line takes two or more. */
const NARROW_COLUMNS = 60;

/**
 * @param width of the terminal; undefined: of any width
 * @returns lines; of a table the header first, and no line ends in blanks
 */
export function renderTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  width: number | undefined = process.stdout.columns,
): string[] {
  const { head, blocks } = renderRows(header, rows, width);
  return [...head, ...blocks.flat()];
}

/** The lines of {@link renderTable}, with those of each row apart. */
export function renderRows(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  width: number | undefined = process.stdout.columns,
): { readonly head: readonly string[]; readonly blocks: readonly (readonly string[])[] } {
  const [head = '', ...lines] = textTable([header, ...rows]);
  const isReadable =
    width === undefined || width >= NARROW_COLUMNS || fits([head, ...lines], width);
  if (isReadable) return { head: [bold(head)], blocks: lines.map((line) => [line]) };
  const toBlock = ([first = '', ...cells]: readonly string[]): string[] => [
    bold(first),
    ...cells.flatMap((cell, index) => (cell === '' ? [] : [`  ${header[index + 1]}  ${cell}`])),
  ];
  return { head: [], blocks: rows.map(toBlock) };
}

function fits(lines: readonly string[], width: number): boolean {
  return lines.every((line) => line.length <= width);
}
