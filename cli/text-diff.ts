// What one change makes of a text, for people: the lines around it, those that go and those that come.

import { stripVTControlCharacters, styleText } from 'node:util';
import { printable } from './terminal.ts';

/** Lines that are shown before and after a change. */
const CONTEXT = 2;

/** @returns lines: `-` for one that goes, `+` for one that comes. */
export function diffLines(before: string, after: string): string[] {
  const [old, now] = [linesOf(before), linesOf(after)];
  const shortest = Math.min(old.length, now.length);
  // From the end first: an entry that comes or goes does so with the blank line above it.
  let end = 0;
  while (end < shortest && old.at(-1 - end) === now.at(-1 - end)) end += 1;
  let start = 0;
  while (start < shortest - end && old[start] === now[start]) start += 1;
  const at = (lines: readonly string[], from: number, to: number, mark: string) =>
    lines.slice(Math.max(from, 0), to).map((line) => `${mark}${printable(line)}`.trimEnd());
  return [
    ...at(old, start - CONTEXT, start, '  '),
    ...at(old, start, old.length - end, '- ').map((line) => colored('red', line)),
    ...at(now, start, now.length - end, '+ ').map((line) => colored('green', line)),
    ...at(now, now.length - end, now.length - end + CONTEXT, '  '),
  ].filter((line, index, all) => index < all.length - 1 || stripVTControlCharacters(line) !== '');
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.split(/\r?\n/);
}

function colored(color: 'red' | 'green', line: string): string {
  return styleText(color, line, { stream: process.stdout });
}
