// Removes the values of a caller from the log of a program that has them in its environment.

const MASK = '[hidden]';

export interface Hide {
  /** The text without the values. */
  in(text: string): string;
  /** How much of the beginning of a text that was cut may be the rest of a value, bytes. */
  readonly restBytes: number;
}

export function hiding(values: readonly string[]): Hide {
  // A value may hold another one.
  const known = values.filter(Boolean).sort((one, other) => other.length - one.length);
  const longest = Math.max(0, ...known.map((value) => Buffer.byteLength(value)));
  return {
    in: (text) => known.reduce((rest, value) => rest.replaceAll(value, () => MASK), text),
    restBytes: Math.max(0, longest - 1),
  };
}
