// From the bytes that a program prints to lines, split at \n only, whole, and bounded, and to the
// messages in them.

import { isObject } from '../../../config/json-value.ts';
import type { JsonObject } from '../../exchange/exchange.ts';
import { BytePieces } from '../byte-pieces.ts';

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const BYTE_ORDER_MARK = 0xfeff;

export interface LineSink {
  /** A whole line that is not blank, without its end. */
  line(text: string): void;
  /** A line is longer than the limit. Called once; nothing follows it. */
  tooLong(): void;
}

/**
 * Collects the pieces of a line and joins them once, so a line of 50 MB is not copied for each of
 * its pieces. A line is decoded when it is whole: no byte of a UTF-8 character equals \n, so no
 * character is ever cut.
 */
export class LineReader {
  readonly #maxLineBytes: number;
  readonly #sink: LineSink;
  readonly #pieces = new BytePieces();
  #bytes = 0;
  #isOver = false;

  constructor(maxLineBytes: number, sink: LineSink) {
    this.#maxLineBytes = maxLineBytes;
    this.#sink = sink;
  }

  /** @param chunk is kept until its line ends. */
  push(chunk: Buffer): void {
    let start = 0;
    while (!this.#isOver) {
      const end = chunk.indexOf(NEWLINE, start);
      const piece =
        start === 0 && end < 0 ? chunk : chunk.subarray(start, end < 0 ? undefined : end);
      this.#add(piece);
      if (end < 0 || this.#isOver) return;
      this.#endLine();
      start = end + 1;
    }
  }

  /** From now on nothing is read. */
  stop(): void {
    this.#isOver = true;
    this.#pieces.clear();
  }

  #add(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#bytes += piece.length;
    if (this.#bytes > this.#maxLineBytes) {
      this.stop();
      this.#sink.tooLong();
      return;
    }
    this.#pieces.add(piece);
  }

  #endLine(): void {
    this.#bytes = 0;
    const text = decode(this.#pieces.take());
    if (text.trim() !== '') this.#sink.line(text);
  }
}

function decode(line: Buffer): string {
  const text = line.toString('utf8', 0, line.at(-1) === RETURN ? line.length - 1 : line.length);
  // Some .NET programs begin with it.
  return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
}

/** @returns undefined for what is not one JSON-RPC object. */
export function messageIn(line: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) && isMessage(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** As far as callers may get what is in it: MCP has no positional parameters. */
function isMessage({ jsonrpc, method, params }: JsonObject): boolean {
  return (
    jsonrpc === '2.0' &&
    (method === undefined || typeof method === 'string') &&
    (params === undefined || params === null || isObject(params))
  );
}
