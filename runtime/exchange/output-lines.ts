// What a server prints, as lines of the log.

import { StringDecoder } from 'node:string_decoder';
import type { Logger } from 'pino';
import { LineLimit } from './line-limit.ts';

/** Characters of a line; the rest is cut off. */
const MAX_LINE_LENGTH = 8_192;
const LINE_END = /\r\n|\n|\r/;

export type OutputStream = 'stdout' | 'stderr';

/** The text of one server, which may end in the middle of a line or of a character. */
export class OutputLines {
  readonly #log: Logger;
  readonly #stream: OutputStream;
  readonly #limit: LineLimit;
  readonly #decoder = new StringDecoder('utf8');
  #text = '';
  #length = 0;

  constructor(log: Logger, stream: OutputStream) {
    this.#log = log;
    this.#stream = stream;
    const name = stream === 'stdout' ? 'standard output' : 'standard error';
    this.#limit = new LineLimit((source, dropped) =>
      log.warn({ stream: source, dropped }, `lines of ${name} dropped`),
    );
  }

  write(bytes: string | Uint8Array): void {
    const text = typeof bytes === 'string' ? bytes : this.#decoder.write(Buffer.from(bytes));
    for (const [index, part] of text.split(LINE_END).entries()) {
      if (index > 0) this.#endLine();
      this.#length += part.length;
      this.#text += part.slice(0, MAX_LINE_LENGTH - this.#text.length);
    }
  }

  flush(): void {
    this.#endLine();
    this.#limit.flush();
  }

  #endLine(): void {
    const length = this.#length;
    const text = this.#text;
    this.#length = 0;
    this.#text = '';
    if (length === 0) return;
    if (!this.#log.isLevelEnabled('info')) return;
    if (!this.#limit.allows(this.#stream)) return;
    const shown = length > text.length ? `${text}… (${length} characters)` : text;
    this.#log.info({ stream: this.#stream }, shown);
  }
}
