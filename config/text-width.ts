// How many columns of a terminal a text takes, and texts cut to so many.

/** Below it no character takes two columns. */
const FIRST_WIDE = 0x1100;
/** Dashes, quotes and the ellipsis. */
const PUNCTUATION = [0x2010, 0x2027] as const;

/**
 * Never too small, so that a text that fits takes one line: every character that may be wide counts
 * as two columns.
 */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

/** @returns the text in at most so many columns, with `…` where it was cut. */
export function cutEnd(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  return columns < 1 ? '' : `${take(text, columns - 1)}…`;
}

/** The same with the beginning cut off. */
export function cutStart(text: string, columns: number): string {
  return reversed(cutEnd(reversed(text), columns));
}

function take(text: string, columns: number): string {
  let width = 0;
  let taken = '';
  for (const character of text) {
    width += columnsOf(character);
    if (width > columns) break;
    taken += character;
  }
  return taken;
}

function columnsOf(character: string): number {
  const code = character.codePointAt(0) as number;
  const isNarrow = code < FIRST_WIDE || (code >= PUNCTUATION[0] && code <= PUNCTUATION[1]);
  return isNarrow ? 1 : 2;
}

function reversed(text: string): string {
  return [...text].reverse().join('');
}
