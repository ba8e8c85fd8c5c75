// A small seeded generator: the same seed makes the same values, so a failure can be repeated.

export interface Random {
  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number;
  /** True in one of `odds` cases. */
  oneIn(odds: number): boolean;
  pick<T>(values: readonly T[]): T;
}

/** Mulberry32. */
export function seeded(seed: number): Random {
  let state = seed;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) % limit;
  };
  return {
    below,
    oneIn: (odds) => below(odds) === 0,
    pick: (values) => values[below(values.length)] as never,
  };
}
