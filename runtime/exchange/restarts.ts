// Counts the programs and threads of one server that ended unexpectedly, by reason, while the host
// runs.

/**
 * `exited`: by itself. `closed-output`: it lives, but can answer no more. `evicted`: other programs
 * needed its memory. Part of the documented interface.
 */
export const RESTART_REASONS = [
  'exited',
  'closed-output',
  'line-too-long',
  'not-mcp',
  'unanswered',
  'blocked',
  'out-of-memory',
  'evicted',
] as const;

export type RestartReason = (typeof RESTART_REASONS)[number];

export class Restarts {
  readonly #counts = new Map<RestartReason, number>();

  get byReason(): ReadonlyMap<RestartReason, number> {
    return this.#counts;
  }

  get total(): number {
    let total = 0;
    for (const count of this.#counts.values()) total += count;
    return total;
  }

  add(reason: RestartReason): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }
}
