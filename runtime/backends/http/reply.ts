// An answer of a server elsewhere as it arrives: first its status and headers, then its body, piece
// by piece, for whoever reads it.

/** Of a body that no one reads. */
const MAX_UNREAD_BYTES = 65_536;
const UNREAD_LIMIT_MS = 1_000;

/** Gets any number of `chunk`, then either `end` or `cut`. Throws nothing. */
export interface BodyReader {
  chunk(chunk: Buffer): void;
  /** The body has arrived whole. */
  end(): void;
  /** The body broke off, or was given up. */
  cut(error: Error): void;
}

export type ReplyHeaders = Readonly<Record<string, string | string[] | undefined>>;

export class Reply {
  readonly status: number;
  readonly headers: ReplyHeaders;
  readonly #abandon: (error: Error) => void;
  #reader: BodyReader | undefined;
  /** What has arrived before the reader. */
  #early: Buffer[] = [];
  #isOver = false;
  #error: Error | undefined;

  /** @param abandon ends the connection; `over` is called for it. */
  constructor(status: number, headers: ReplyHeaders, abandon: (error: Error) => void) {
    this.status = status;
    this.headers = headers;
    this.#abandon = abandon;
  }

  /** Whether no more of the body will arrive. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * Call it once, before the next turn of the event loop: until then the body is held in memory,
   * whatever its size.
   */
  read(reader: BodyReader): void {
    const early = this.#early;
    this.#early = [];
    for (const chunk of early) reader.chunk(chunk);
    // Only now, so that a reader that gives up in one of them is told after the last one.
    this.#reader = reader;
    if (this.#isOver) this.#finish(reader);
  }

  /** Ends the connection, unless the body has arrived whole. */
  giveUp(): void {
    if (!this.#isOver) this.#abandon(new Error('The host does not need the rest of the answer.'));
  }

  /** Ends the connection if the rest of the body does not arrive within a limit. */
  limitRest(limitMs: number): () => void {
    const timer = setTimeout(() => this.giveUp(), limitMs).unref();
    return () => clearTimeout(timer);
  }

  /** Reads what no one needs, within limits, so that the connection can be used again. */
  discard(): void {
    const forget = this.limitRest(UNREAD_LIMIT_MS);
    let bytes = 0;
    const chunk = (piece: Buffer): void => {
      bytes += piece.length;
      if (bytes > MAX_UNREAD_BYTES) this.giveUp();
    };
    this.read({ chunk, end: forget, cut: forget });
  }

  /** A part of the body has arrived. */
  arrived(chunk: Buffer): void {
    if (this.#reader) this.#reader.chunk(chunk);
    else this.#early.push(chunk);
  }

  /** The body has ended. @param error why it is not whole. */
  over(error?: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#error = error;
    if (this.#reader) this.#finish(this.#reader);
  }

  #finish(reader: BodyReader): void {
    if (this.#error) reader.cut(this.#error);
    else reader.end();
  }
}
