// The memory budget for requests: bodies, arguments of waiting calls, and unread answers. There is
// one budget for the process, and each server has a share of it.

import { getHeapStatistics } from 'node:v8';
import { ByTurns } from './by-turns.ts';
import { UnsentAnswers } from './unsent-answers.ts';

const MIB = 1_048_576;
/** Of V8's limit; the rest is for servers, for garbage, and for what is parsed or written now. */
const PART_OF_HEAP = 0.25;
/** One server holds at most this part. */
const PART_OF_SERVER = 0.5;
/** What larger bodies leave to those up to {@link SMALL_BYTES}, of the whole and of each share. */
const PART_OF_SMALL = 0.1;
export const SMALL_BYTES = 65_536;
/** What a member of a list or object takes besides its text: objects with names of their own 79. */
const BYTES_PER_ELEMENT = 80;

/** Who asks for room. */
export interface Asker {
  readonly subject: string;
}

/** A large body on its way here. */
export interface ArrivingBody extends WaitingCall {
  readonly caller: { readonly subject: string; readonly isVerified: boolean };
}

/** What can be ended to make room: a call that waits for its client, or a body that arrives. */
export interface WaitingCall {
  readonly caller: { readonly subject: string };
  readonly heldBytes: number;
  /** Gives back what it holds before it returns. */
  end(): void;
}

export class ByteBudget {
  readonly limitBytes: number;
  readonly unsent = new UnsentAnswers();
  /** For what takes the thread long. */
  readonly turns = new ByTurns();
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
    return this.heldBytes + bytes <= (isSmall ? this.limitBytes : withoutSmall(this.limitBytes));
  }

  /** It was ended, so nothing tries to end it again. */
  forget(ended: WaitingCall): void {
    for (const { waiting, arriving } of this.#shares) {
      waiting.delete(ended);
      arriving.delete(ended as ArrivingBody);
    }
  }

  get shares(): readonly ByteShare[] {
    return this.#shares;
  }
}

export class ByteShare {
  readonly budget: ByteBudget;
  /** Calls that wait for their clients, the oldest first. */
  readonly waiting = new Set<WaitingCall>();
  /** Large bodies that have not arrived, the oldest first. */
  readonly arriving = new Set<ArrivingBody>();
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

  /** The most that it may hold when something larger than {@link SMALL_BYTES} comes to it. */
  get largeLimitBytes(): number {
    return withoutSmall(this.limitBytes);
  }

  /** Runs work that takes the thread long in a turn of its own. */
  takeTurn(work: () => void): void {
    this.budget.turns.add(this, () => {
      work();
      return false;
    });
  }

  add(bytes: number): void {
    this.#heldBytes += bytes;
    this.budget.heldBytes += bytes;
  }

  /**
   * Makes room where there is none: readers that hardly read end first, then bodies of a verified
   * caller who has more than half of a share on its way, then the oldest waiting calls of the caller
   * that holds most.
   * @param asker no caller that holds less than this one is ended for it.
   * @returns whether the server may hold `bytes` more.
   */
  hasRoom(bytes: number, isSmall = bytes <= SMALL_BYTES, asker?: Asker): boolean {
    if (bytes <= 0 || (this.#fits(bytes, isSmall) && this.budget.fits(bytes, isSmall))) return true;
    // More than it may ever hold: no call is ended in vain.
    if (bytes > this.#limit(isSmall)) return false;
    return this.#makeRoom(bytes, isSmall, asker);
  }

  #limit(isSmall: boolean): number {
    return isSmall ? this.limitBytes : this.largeLimitBytes;
  }

  #fits(bytes: number, isSmall: boolean): boolean {
    return this.#heldBytes + bytes <= this.#limit(isSmall);
  }

  #makeRoom(bytes: number, isSmall: boolean, asker: Asker | undefined): boolean {
    const { budget } = this;
    // Room of other servers does not help one that is over its share.
    const ownOnly = (): boolean => !this.#fits(bytes, isSmall);
    const isEnough = (): boolean => !ownOnly() && budget.fits(bytes, isSmall);
    for (const answer of budget.unsent.slowest()) {
      if (isEnough()) return true;
      if (!ownOnly() || answer.share === this) answer.giveUp();
    }
    while (!isEnough()) {
      const next =
        bodyOfGreedy(ownOnly() ? [this] : budget.shares, asker) ??
        oldestOfHeaviest(ownOnly() ? [this] : budget.shares, asker);
      if (!next) return false;
      next.end();
      budget.forget(next);
    }
    return true;
  }
}

function withoutSmall(bytes: number): number {
  return bytes * (1 - PART_OF_SMALL);
}

/**
 * The oldest body of another caller that was verified and has more than half of a share on its way,
 * on all of these servers together: what is half on each of several may be all there is.
 */
function bodyOfGreedy(shares: readonly ByteShare[], asker?: Asker): WaitingCall | undefined {
  const arriving = shares.flatMap((share) => [...share.arriving]);
  const [heaviest] = heldByCallers(arriving.filter(({ caller }) => caller.isVerified));
  const [{ limitBytes }] = shares as [ByteShare];
  if (!heaviest || heaviest.bytes <= limitBytes / 2) return undefined;
  return heaviest.oldest.caller.subject === asker?.subject ? undefined : heaviest.oldest;
}

function oldestOfHeaviest(shares: readonly ByteShare[], asker?: Asker): WaitingCall | undefined {
  const waiting = shares.flatMap((share) => [...share.waiting]);
  const [heaviest] = heldByCallers(waiting);
  if (!heaviest || !asker || heaviest.oldest.caller.subject === asker.subject) {
    return heaviest?.oldest;
  }
  const all = [...waiting, ...shares.flatMap((share) => [...share.arriving])];
  const own = heldByCallers(all.filter(({ caller }) => caller.subject === asker.subject));
  return (own[0]?.bytes ?? 0) < heaviest.bytes ? heaviest.oldest : undefined;
}

interface HeldByCaller {
  bytes: number;
  readonly oldest: WaitingCall;
}

/** Who holds most is in front. */
function heldByCallers(calls: readonly WaitingCall[]): readonly HeldByCaller[] {
  const callers = new Map<string, HeldByCaller>();
  for (const call of calls) {
    if (call.heldBytes === 0) continue;
    const { subject } = call.caller;
    const caller = callers.get(subject) ?? { bytes: 0, oldest: call };
    caller.bytes += call.heldBytes;
    callers.set(subject, caller);
  }
  return [...callers.values()].sort((one, other) => other.bytes - one.bytes);
}

/** What one body, waiting call or answer holds of the share of its server. */
export class Holding {
  readonly share: ByteShare;
  readonly #asker: Asker | undefined;
  #bytes = 0;
  #isReleased = false;

  /** @param asker for whom it is; absent where it is not known. */
  constructor(share: ByteShare, asker?: Asker) {
    this.share = share;
    this.#asker = asker;
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
    const more = bytes - this.#bytes;
    if (!this.share.hasRoom(more, bytes <= SMALL_BYTES, this.#asker)) return false;
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
  // Counting is faster than looking for a character.
  if (Buffer.byteLength(text) === text.length) return true;
  return !/[^\0-\xff]/.test(text);
}
