// A table for terminals: columns as wide as their content, two spaces apart.

import { bold } from './terminal.ts';

/** @returns lines, the bold header first; no line ends in blanks */
export function renderTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const render = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [bold(render(header)), ...rows.map(render)];
}
