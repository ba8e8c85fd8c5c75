// The text of one answer on its way to its client, in pieces, so that it can be seen how much of it
// was read. What waits for the reader counts in the budget of bytes.

import { PassThrough, type Writable } from 'node:stream';
import { type ByteShare, Holding } from '../exchange/byte-budget.ts';
import type { UnsentAnswer } from '../exchange/unsent-answers.ts';

/** What fits into the buffers of a connection is not counted. */
export const UNCOUNTED_BYTES = 16_384;
const PIECE_BYTES = 65_536;

/** The HTTP response as far as it tells what waits in it. */
export type Carrier = Writable & { readonly socket: unknown };

export class Outgoing extends PassThrough implements UnsentAnswer {
  readonly #onSlow: () => void;
  readonly #holding: Holding;
  #carrier: Carrier | undefined;
  #writtenBytes = 0;
  #drained: Promise<void> | undefined;
  #wake: (() => void) | undefined;

  /** @param onSlow told when the client reads too slowly; the stream is destroyed then. */
  constructor(share: ByteShare, onSlow: () => void) {
    super();
    this.#holding = new Holding(share);
    this.#onSlow = onSlow;
    this.on('drain', () => this.#onDrain());
    this.once('close', () => {
      this.#wake?.();
      // What has left this stream may still wait in its response.
      if (!this.#carrier) this.#release();
    });
  }

  get share(): ByteShare {
    return this.#holding.share;
  }

  get movedBytes(): number {
    const waiting = this.writableLength + this.readableLength;
    return this.#writtenBytes - waiting - (this.#carrier?.writableLength ?? 0);
  }

  get isInTurn(): boolean {
    return this.#carrier?.socket !== null;
  }

  /** Resolves when the client has read what waits, or left; undefined when nothing waits. */
  get drained(): Promise<void> | undefined {
    if (!this.writableNeedDrain || this.destroyed) return undefined;
    this.#drained ??= new Promise((resolve) => {
      this.#wake = resolve;
    });
    return this.#drained;
  }

  carriedBy(carrier: Carrier): void {
    this.#carrier = carrier;
    carrier.once('close', () => this.#release());
  }

  /** @returns false where there is no room for it; nothing was written then. */
  send(bytes: string | Buffer): boolean {
    const waiting = this.writableLength + bytes.length;
    if (waiting > UNCOUNTED_BYTES) {
      if (!this.#holding.resize(waiting)) return false;
      this.share.budget.unsent.add(this);
    }
    this.#write(bytes);
    return true;
  }

  /** Writes it whether or not there is room: it is short. */
  sendAnyway(text: string): void {
    this.#write(text);
  }

  /** Closes the connection: its client hardly reads. */
  giveUp(): void {
    this.#release();
    this.#onSlow();
    this.destroy();
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
