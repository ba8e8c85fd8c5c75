// The memory of all started programs of all servers together. When it is used up, the program that
// has been idle longest ends; when none is idle, no further one starts.

import { totalmem } from 'node:os';
import { HostError } from '../exchange/refusals.ts';

const READ_INTERVAL_MS = 5_000;
const MIB = 1_024 * 1_024;
/** What a program that starts is taken for at least: it has not grown yet when it is read. */
const MIN_EXPECTED_BYTES = 64 * MIB;

/** A running program, as far as its memory is looked at. */
export interface MeasuredChild {
  /** Idle since then, `performance.now()`; undefined while a request uses it. */
  readonly idleSince: number | undefined;
  /** Resident, bytes; undefined where it cannot be read. */
  memoryBytes(): Promise<number | undefined>;
  /** Called with each reading. */
  measured?(bytes: number): void;
  /** Ends it to make room; it takes no new work from now on. */
  makeRoom(): Promise<void>;
}

export class ChildrenMemory {
  readonly #limitBytes: number;
  readonly #children = new Map<MeasuredChild, number>();
  /** Programs on their way to their first answer. */
  #starting = 0;
  #timer: NodeJS.Timeout | undefined;
  #reading: Promise<void> | undefined;

  /** @param limitMb `host.childrenMemoryMb`. Default: half of the memory of the machine. */
  constructor(limitMb: number = totalmem() / 2 / MIB) {
    this.#limitBytes = limitMb * MIB;
  }

  /** Counts a program from now on. */
  add(child: MeasuredChild): void {
    this.#children.set(child, 0);
    this.#timer ??= setInterval(() => void this.#look(), READ_INTERVAL_MS).unref();
  }

  delete(child: MeasuredChild): void {
    this.#children.delete(child);
    if (this.#children.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Whether another program may start without ending one. */
  async hasRoom(): Promise<boolean> {
    await this.#read();
    return this.#hasRoom;
  }

  /**
   * Ends idle programs until another one may start.
   * @returns to be called once it has started, or failed to: it counts as a whole one until then.
   * @throws HostError `overloaded` when none is idle any longer.
   */
  async makeRoom(): Promise<() => void> {
    if (this.#children.size > 0) await this.#read();
    const ending: Promise<void>[] = [];
    while (!this.#hasRoom) {
      const longestIdle = this.#longestIdle();
      if (!longestIdle) {
        throw new HostError('overloaded', {
          message: 'The programs of this host have reached their memory limit.',
          detail: `They use ${Math.round(this.#usedBytes / MIB)} MiB. Fix: raise host.childrenMemoryMb, or lower idleTimeoutMs.`,
        });
      }
      this.delete(longestIdle);
      ending.push(longestIdle.makeRoom());
    }
    // Before anything is waited for: those that ask at the same time count it.
    this.#starting += 1;
    let isStarting = true;
    await Promise.all(ending);
    return () => {
      if (isStarting) this.#starting -= 1;
      isStarting = false;
    };
  }

  get #hasRoom(): boolean {
    return this.#usedBytes + this.#starting * this.#expectedBytes < this.#limitBytes;
  }

  /** Of a program that starts. */
  get #expectedBytes(): number {
    return Math.max(MIN_EXPECTED_BYTES, this.#usedBytes / Math.max(1, this.#children.size));
  }

  get #usedBytes(): number {
    let bytes = 0;
    for (const each of this.#children.values()) bytes += each;
    return bytes;
  }

  #longestIdle(): MeasuredChild | undefined {
    let longest: MeasuredChild | undefined;
    for (const child of this.#children.keys()) {
      const { idleSince } = child;
      if (idleSince === undefined) continue;
      if (longest?.idleSince === undefined || idleSince < longest.idleSince) longest = child;
    }
    return longest;
  }

  /** Programs grow while they are idle, too. */
  async #look(): Promise<void> {
    await this.#read();
    const ending: Promise<void>[] = [];
    while (this.#usedBytes > this.#limitBytes) {
      const longestIdle = this.#longestIdle();
      if (!longestIdle) break;
      this.delete(longestIdle);
      ending.push(longestIdle.makeRoom());
    }
    await Promise.all(ending);
  }

  /** What is asked for at one time is read once. Never rejects. */
  #read(): Promise<void> {
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readAll(): Promise<void> {
    await Promise.all(
      [...this.#children.keys()].map(async (child) => {
        const bytes = await child.memoryBytes().catch(() => undefined);
        // It may have ended meanwhile.
        if (bytes === undefined || !this.#children.has(child)) return;
        this.#children.set(child, bytes);
        child.measured?.(bytes);
      }),
    );
  }
}
