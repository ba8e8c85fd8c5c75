// The memory budget for requests: bodies, arguments of waiting calls, and unread answers. There is
// one budget for the process, and each server has a share of it.

import { getHeapStatistics } from 'node:v8';
import { UnsentAnswers } from './unsent-answers.ts';

const MIB = 1_048_576;
/** Of V8's limit; the rest is for servers, for garbage, and for what is parsed or written now. */
const PART_OF_HEAP = 0.25;
/** One server holds at most this part. */
const PART_OF_SERVER = 0.5;
/** What larger bodies leave to those up to {@link SMALL_BYTES}. */
const PART_OF_SMALL = 0.1;
const SMALL_BYTES = 65_536;
/** What a member of a list or object takes besides its text: objects with names of their own 79. */
const BYTES_PER_ELEMENT = 80;

/** What can be ended to make room: a call that waits for its client. */
export interface WaitingCall {
  readonly caller: { readonly subject: string };
  readonly heldBytes: number;
  /** Gives back what it holds before it returns. */
  end(): void;
}

export class ByteBudget {
  readonly limitBytes: number;
  readonly unsent = new UnsentAnswers();
  readonly #shares: ByteShare[] = [];
  heldBytes = 0;

  /** @param mb MiB; default: a quarter of V8's heap limit. */
  constructor(mb?: number) {
    this.limitBytes = mb ? mb * MIB : getHeapStatistics().heap_size_limit * PART_OF_HEAP;
  }

  /** @returns the share of one more server. */
  addShare(): ByteShare {
    const share = new ByteShare(this);
    this.#shares.push(share);
    return share;
  }

  /** Whether all servers together may hold `bytes` more. */
  fits(bytes: number, isSmall: boolean): boolean {
    const limit = isSmall ? this.limitBytes : this.limitBytes * (1 - PART_OF_SMALL);
    return this.heldBytes + bytes <= limit;
  }

  /** It was ended, so nothing tries to end it again. */
  forget(ended: WaitingCall): void {
    for (const { waiting } of this.#shares) waiting.delete(ended);
  }

  /** All calls that wait, those that came first in front. */
  *waitingCalls(): Iterable<WaitingCall> {
    for (const { waiting } of this.#shares) yield* waiting;
  }
}

export class ByteShare {
  readonly budget: ByteBudget;
  /** Calls that wait for their clients, the oldest first. */
  readonly waiting = new Set<WaitingCall>();
  #heldBytes = 0;

  constructor(budget: ByteBudget) {
    this.budget = budget;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** The most that this server may hold. */
  get limitBytes(): number {
    return this.budget.limitBytes * PART_OF_SERVER;
  }

  add(bytes: number): void {
    this.#heldBytes += bytes;
    this.budget.heldBytes += bytes;
  }

  /**
   * Makes room where there is none: readers that hardly read end first, then the oldest waiting
   * calls of the caller that holds most.
   * @returns whether the server may hold `bytes` more.
   */
  hasRoom(bytes: number, isSmall = bytes <= SMALL_BYTES): boolean {
    if (bytes <= 0 || (this.#fits(bytes) && this.budget.fits(bytes, isSmall))) return true;
    // More than it may ever hold: no one is ended in vain.
    if (bytes > this.limitBytes) return false;
    return this.#makeRoom(bytes, isSmall);
  }

  #fits(bytes: number): boolean {
    return this.#heldBytes + bytes <= this.limitBytes;
  }

  #makeRoom(bytes: number, isSmall: boolean): boolean {
    const { budget } = this;
    const isEnough = (): boolean => this.#fits(bytes) && budget.fits(bytes, isSmall);
    // What other servers hold is no help to one that is over its share.
    const ownOnly = (): boolean => !this.#fits(bytes);
    for (const answer of budget.unsent.slowest()) {
      if (isEnough()) return true;
      if (!ownOnly() || answer.share === this) answer.giveUp();
    }
    while (!isEnough()) {
      const oldest = oldestOfHeaviest(ownOnly() ? this.waiting : budget.waitingCalls());
      if (!oldest) return false;
      oldest.end();
      budget.forget(oldest);
    }
    return true;
  }
}

function oldestOfHeaviest(waiting: Iterable<WaitingCall>): WaitingCall | undefined {
  const callers = new Map<string, { bytes: number; readonly oldest: WaitingCall }>();
  for (const call of waiting) {
    if (call.heldBytes === 0) continue;
    const { subject } = call.caller;
    const caller = callers.get(subject) ?? { bytes: 0, oldest: call };
    caller.bytes += call.heldBytes;
    callers.set(subject, caller);
  }
  let heaviest: { bytes: number; oldest: WaitingCall } | undefined;
  for (const caller of callers.values()) {
    if (!heaviest || caller.bytes > heaviest.bytes) heaviest = caller;
  }
  return heaviest?.oldest;
}

/** What one body, waiting call or answer holds of the share of its server. */
export class Holding {
  readonly share: ByteShare;
  #bytes = 0;
  #isReleased = false;

  constructor(share: ByteShare) {
    this.share = share;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether it is not counted any longer. */
  get isReleased(): boolean {
    return this.#isReleased;
  }

  /** @returns false where there is no room for more; then it holds what it held. */
  resize(bytes: number): boolean {
    if (this.#isReleased) return true;
    if (!this.share.hasRoom(bytes - this.#bytes, bytes <= SMALL_BYTES)) return false;
    // Whoever made room may have ended this one.
    if (!this.#isReleased) this.#set(bytes);
    return true;
  }

  /** Holds `bytes` without asking for room. */
  keep(bytes: number): void {
    if (!this.#isReleased) this.#set(bytes);
  }

  /** Gives all back; it holds nothing from then on. */
  release(): void {
    this.#set(0);
    this.#isReleased = true;
  }

  #set(bytes: number): void {
    this.share.add(bytes - this.#bytes);
    this.#bytes = bytes;
  }
}

/** What a parsed body holds. @param elements members of its lists and objects. */
export function heldByBody(bytes: number, isAscii: boolean, elements: number): number {
  // One character beyond Latin-1 makes V8 keep two bytes for each of a text.
  return bytes * (isAscii ? 1 : 2) + elements * BYTES_PER_ELEMENT;
}

/** The same for a value of which the text is gone. */
export function heldByValue(value: unknown): number {
  if (typeof value === 'string') return value.length * (isNarrow(value) ? 1 : 2);
  if (typeof value !== 'object' || value === null) return 0;
  let bytes = 0;
  for (const [name, member] of Object.entries(value)) {
    bytes += BYTES_PER_ELEMENT + name.length + heldByValue(member);
  }
  return bytes;
}

function isNarrow(text: string): boolean {
  return !/[^\0-\xff]/.test(text);
}
