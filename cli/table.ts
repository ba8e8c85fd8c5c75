// A table for terminals, with a bold header.

import { textTable } from '../config/text-table.ts';
import { bold } from './terminal.ts';

/** @returns lines, the header first; no line ends in blanks */
export function renderTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  const [head = '', ...lines] = textTable([header, ...rows]);
  return [bold(head), ...lines];
}
