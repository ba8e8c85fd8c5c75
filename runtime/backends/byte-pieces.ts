// Bytes that arrive in pieces and are joined once. Each piece costs memory of its own, so whoever
// sends single bytes must not cost the host hundreds of times their size.

/** So many pieces are made one. */
const MAX_PIECES = 1_024;

export class BytePieces {
  #pieces: Buffer[] = [];
  /** How many of them, from the first one on, are joined ones. */
  #joined = 0;

  /** @param piece is kept. */
  add(piece: Buffer): void {
    this.#pieces.push(piece);
    if (this.#pieces.length - this.#joined < MAX_PIECES) return;
    const few = this.#pieces.splice(this.#joined);
    this.#pieces.push(Buffer.concat(few));
    this.#joined += 1;
  }

  /** All of them; there are none after this. */
  take(): Buffer {
    const [first] = this.#pieces;
    const whole = first && this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces);
    this.clear();
    return whole;
  }

  clear(): void {
    this.#pieces = [];
    this.#joined = 0;
  }
}
