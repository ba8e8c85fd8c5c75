// Medians and percentiles; a ratio is taken turn by turn, so that a machine that slows down slows both sides of it.

export function median(numbers: readonly number[]): number {
  return percentile(numbers, 50);
}

/** The nearest-rank percentile, 0 to 100; NaN of no numbers. */
export function percentile(numbers: readonly number[], percent: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

/** Median of the ratios of samples that were taken in the same turn. */
export function medianRatio(samples: readonly number[], reference: readonly number[]): number {
  return median(samples.map((value, turn) => value / (reference[turn] as number)));
}
