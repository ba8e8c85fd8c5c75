// The text of one answer on its way to its client, in pieces, so that it can be seen how much of it
// was read. What waits for the reader counts in the budget of bytes.

import { PassThrough, type Writable } from 'node:stream';
import { type ByteShare, Holding } from '../exchange/byte-budget.ts';
import type { UnsentAnswer } from '../exchange/unsent-answers.ts';

/** What fits into the buffers of a connection is not counted. */
export const UNCOUNTED_BYTES = 16_384;
const PIECE_BYTES = 65_536;

/** The HTTP response as far as it tells what waits in it. */
export type Carrier = Writable & {
  /** Of the connection, while it is its turn there. */
  readonly socket: unknown;
  readonly req: { readonly socket?: { readonly destroyed: boolean } | undefined };
};

/** Whether what it carries goes nowhere. Before its turn, a response does not notice the end. */
export function isGone({ destroyed, req }: Carrier): boolean {
  return destroyed || req.socket?.destroyed === true;
}

/** Whether nothing is due before it on its connection. */
export function isInTurn({ socket }: Carrier): boolean {
  return socket !== null;
}

export class Outgoing extends PassThrough implements UnsentAnswer {
  readonly #onSlow: () => void;
  readonly #holding: Holding;
  readonly #carrier: Carrier;
  #writtenBytes = 0;
  #drained: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  /** Whether its client read too slowly. */
  isGivenUp = false;

  /**
   * @param carrier the response that the text goes to.
   * @param onSlow called when the client reads too slowly; the stream is destroyed then.
   */
  constructor(share: ByteShare, carrier: Carrier, onSlow: () => void) {
    super();
    this.#holding = new Holding(share);
    this.#onSlow = onSlow;
    this.#carrier = carrier;
    // Not when this stream closes: what has left it may still wait in the response.
    carrier.once('close', () => this.#release());
    this.on('drain', () => this.#onDrain());
    this.once('close', () => this.#wake?.());
  }

  get share(): ByteShare {
    return this.#holding.share;
  }

  get movedBytes(): number {
    const waiting = this.writableLength + this.readableLength;
    return this.#writtenBytes - waiting - this.#carrier.writableLength;
  }

  get isInTurn(): boolean {
    return isInTurn(this.#carrier);
  }

  /** Resolves when the client has read what waits, or left; undefined when nothing waits. */
  get drained(): Promise<void> | undefined {
    if (!this.writableNeedDrain || this.destroyed) return undefined;
    this.#drained ??= new Promise((resolve) => {
      this.#wake = resolve;
    });
    return this.#drained;
  }

  /** @returns false where there is no room for it; nothing was written then. */
  send(bytes: string | Buffer): boolean {
    if (!this.#take(bytes.length)) return false;
    this.#write(bytes);
    return true;
  }

  /** The same for bytes in pieces: all of them, or none. */
  sendAll(pieces: readonly Buffer[]): boolean {
    if (!this.#take(bytesIn(pieces))) return false;
    for (const piece of pieces) this.#write(piece);
    return true;
  }

  /** Writes it whether or not there is room: it is short. */
  sendAnyway(text: string): void {
    this.#write(text);
  }

  /** Closes the connection: its client hardly reads. */
  giveUp(): void {
    this.isGivenUp = true;
    this.#release();
    this.#onSlow();
    this.destroy();
  }

  /** Its connection is gone: Node does not notify a response whose turn never came. */
  cut(): void {
    this.#release();
    this.destroy();
  }

  #take(bytes: number): boolean {
    const waiting = this.writableLength + bytes;
    if (waiting <= UNCOUNTED_BYTES && this.isInTurn) return true;
    if (!this.#holding.resize(waiting)) return false;
    this.share.budget.unsent.add(this);
    return true;
  }

  #write(bytes: string | Buffer): void {
    this.#writtenBytes += bytes.length;
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      this.write(typeof bytes === 'string' ? bytes : bytes.subarray(at, at + PIECE_BYTES));
      if (typeof bytes === 'string') return;
    }
  }

  #onDrain(): void {
    this.#drained = undefined;
    this.#wake?.();
    // A last message counts until it has left the process.
    if (this.writableEnded) return;
    this.#holding.keep(0);
    this.share.budget.unsent.delete(this);
  }

  #release(): void {
    this.#holding.release();
    this.share.budget.unsent.delete(this);
  }
}

export function bytesIn(pieces: readonly Buffer[]): number {
  let bytes = 0;
  for (const { length } of pieces) bytes += length;
  return bytes;
}
