// One row of the doctor's table: what was expected, what came, and how to fix it.

/** In the order of the table. */
export const GROUPS = ['local', 'deployed', 'issuer', 'clients', 'manifest', 'questions'] as const;
export type Group = (typeof GROUPS)[number];

/**
 * `expected`: what came is what was expected, no more. `problem`: something has to be changed.
 * `unknown`: no one can tell from what came. `skipped`: not asked. `noted`: written down, nothing
 * was expected.
 */
export const RESULTS = ['expected', 'problem', 'unknown', 'skipped', 'noted'] as const;
export type Result = (typeof RESULTS)[number];

export interface Row {
  readonly group: Group;
  /** What was looked at: `weather: challenge`. */
  readonly check: string;
  readonly result: Result;
  readonly expected: string;
  readonly came: string;
  /** What to do; absent where nothing is to be done. */
  readonly fix?: string;
}

/** The rows of a group as they become known. */
export type Rows = AsyncGenerator<Row, void, void>;

/** Compares, and keeps the fix for the case that it is needed. */
export function compare(
  row: Omit<Row, 'result' | 'fix'> & { readonly isExpected: boolean; readonly fix: string },
): Row {
  const { isExpected, fix, ...rest } = row;
  return isExpected ? { ...rest, result: 'expected' } : { ...rest, result: 'problem', fix };
}

const MAX_SHOWN_CHARACTERS = 160;

/** A foreign text for a terminal: on one line, short, without control characters. */
export function shown(text: string, { maxCharacters = MAX_SHOWN_CHARACTERS } = {}): string {
  const line = text.replaceAll(/[\p{C}\p{Z}\s]+/gu, ' ').trim();
  return line.length <= maxCharacters ? line : `${line.slice(0, maxCharacters)}…`;
}

/**
 * A foreign value as a text for a terminal. Only what is flat is written out: the rest may have any
 * form and depth.
 */
export function shownValue(value: unknown): string {
  if (value === undefined) return 'none';
  if (typeof value === 'string') return shown(value);
  if (isListOfTexts(value)) return shown(value.join(', '));
  if (Array.isArray(value)) return 'a list that contains values other than texts';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

export function isListOfTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
