// Programs that fail with the values of one caller, such as a wrong key, are not started for that
// caller for a while. Others go on.

import { HostError } from '../../exchange/refusals.ts';
import { Circuit } from '../circuit.ts';

/** Of more callers the one that failed longest ago is forgotten. */
const MAX_CALLERS = 1_000;

export class CallerCircuits {
  /** By the key of their environment; the one that failed last is last. */
  readonly #circuits = new Map<string, Circuit>();

  /** Counts one failure. */
  failed(key: string): void {
    const circuit = this.#circuits.get(key) ?? new Circuit('server-ended', () => {});
    this.#circuits.delete(key);
    this.#circuits.set(key, circuit);
    circuit.failed();
    const [oldest] = this.#circuits.keys();
    if (this.#circuits.size > MAX_CALLERS && oldest !== undefined) this.#forget(oldest);
  }

  /** @throws HostError `unavailable` while nothing is started with these values. */
  refuse(key: string): void {
    const open = this.#circuits.get(key)?.open;
    if (!open) return;
    const retryAfterSeconds = Math.max(1, Math.ceil((open.retryAt - performance.now()) / 1_000));
    throw new HostError('unavailable', { retryAfterSeconds });
  }

  /** Ends the timers. */
  stop(): void {
    for (const key of [...this.#circuits.keys()]) this.#forget(key);
  }

  #forget(key: string): void {
    this.#circuits.get(key)?.stop();
    this.#circuits.delete(key);
  }
}
