// Answers of servers as JSON for programs.

import { printableLines, type Terminal } from '../terminal.ts';

/** What a terminal would obey is written as an escape, which is the same text to a program. */
export function printJson(value: unknown, { print }: Terminal): void {
  print(printableLines(JSON.stringify(value, null, 2)));
}
