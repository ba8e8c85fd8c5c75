// The memory of all started programs of all servers together. When it is used up, the program that
// has been idle longest ends; when none is idle, no further one starts.

import { totalmem } from 'node:os';
import { HostError } from '../exchange/refusals.ts';

const READ_INTERVAL_MS = 5_000;
const MIB = 1_024 * 1_024;

/** A running program, as far as its memory is looked at. */
export interface MeasuredChild {
  /** Since when nobody waits for it, `performance.now()`; undefined while somebody does. */
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
    return this.#usedBytes < this.#limitBytes;
  }

  /**
   * Ends idle programs until another one may start.
   * @throws HostError `overloaded` when none is idle any more.
   */
  async makeRoom(): Promise<void> {
    if (this.#children.size === 0) return;
    await this.#read();
    const ending: Promise<void>[] = [];
    while (this.#usedBytes >= this.#limitBytes) {
      const longestIdle = this.#longestIdle();
      if (!longestIdle) {
        throw new HostError('overloaded', {
          message: 'The programs of this host use all the memory that is set apart for them.',
          detail: `They use ${Math.round(this.#usedBytes / MIB)} MiB. Fix: raise host.childrenMemoryMb, or lower idleTimeoutMs.`,
        });
      }
      this.delete(longestIdle);
      ending.push(longestIdle.makeRoom());
    }
    await Promise.all(ending);
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
