// Makes text from a client or a server safe for a log line or a message.

const MAX_TEXT_LENGTH = 128;
const UNPRINTABLE = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Limits the length, and replaces what a terminal or a reader of lines could act on and JSON does
 * not escape.
 * @returns undefined for a value that is not a string, which leaves the member out.
 */
export function bounded(value: unknown, maxLength = MAX_TEXT_LENGTH): string | undefined {
  if (typeof value !== 'string') return undefined;
  return value.slice(0, maxLength).replace(UNPRINTABLE, '\ufffd');
}

/** The first line of what was thrown, for a message; never throws itself. */
export function describeError(error: unknown): string {
  try {
    const text = String(error instanceof Error ? error.message : error);
    return text.split('\n', 1)[0] ?? '';
  } catch {
    return 'something that cannot be read';
  }
}
