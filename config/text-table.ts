// A table of plain text: columns as wide as their widest cell, two spaces apart.

/**
 * @param rows all of one length; a cell with escape sequences of a terminal goes last, where its
 * width does not matter
 * @param isRight whether a cell is aligned to the right. Default: none is.
 * @returns one line per row, none with blanks at its end
 */
export function textTable(
  rows: readonly (readonly string[])[],
  isRight: (cell: string, column: number) => boolean = () => false,
): string[] {
  const widths = rows[0]?.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const padded = (cell: string, column: number): string => {
    const width = widths?.[column] ?? 0;
    return isRight(cell, column) ? cell.padStart(width) : cell.padEnd(width);
  };
  return rows.map((row) => row.map(padded).join('  ').trimEnd());
}
