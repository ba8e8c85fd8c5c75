// The HTTP answer to one request: plain JSON, or an event stream once something is sent before the
// result.

import { NativePromise } from '../exchange/builtins.ts';
import { type ByteShare, Holding } from '../exchange/byte-budget.ts';
import type {
  Answer,
  JsonRpcNotification,
  JsonRpcRequest,
  RequestId,
} from '../exchange/exchange.ts';
import { type HttpAnswer, JSON_HEADERS } from '../exchange/refusal-answer.ts';
import { HostError } from '../exchange/refusals.ts';
import type { AnswerForm } from './accept.ts';
import { jsonSlices, lengthOfLong } from './json-slices.ts';
import { bytesIn, type Carrier, isGone, isInTurn, Outgoing, UNCOUNTED_BYTES } from './outgoing.ts';

/** Proxies cut a silent stream after about 4 minutes; the Functions host after 240 s. */
const HEARTBEAT_INTERVAL_MS = 15_000;
const HEARTBEAT = ': keep-alive\n\n';

const EVENT_STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  // Asks proxies not to collect events (MCP 2026-07-28, transports: SHOULD).
  'x-accel-buffering': 'no',
} as const;

/** Called once, when the first byte of the answer is known. */
export type Respond = (answer: HttpAnswer) => void;

export interface McpResponseOptions {
  readonly id: RequestId;
  readonly form: AnswerForm;
  /** Limit of one message, bytes. */
  readonly maxResultBytes: number;
  /** What waits for the client counts against it. */
  readonly share: ByteShare;
  readonly carrier: Carrier;
  /** Told when the client can no longer be served: end the exchange. */
  readonly onOverflow: (reason: 'slow-reader' | 'result-too-large' | 'overloaded') => void;
  /** Told when the client did not read an answer that was complete. */
  readonly onUnread: () => void;
  readonly respond: Respond;
}

export class McpResponse {
  readonly #options: McpResponseOptions;
  #hasResponded = false;
  #stream: Outgoing | undefined;
  #isComplete = false;
  /** What {@link prepare} has made of the answer. */
  #prepared: Buffer[] | HostError | undefined;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(options: McpResponseOptions) {
    this.#options = options;
  }

  /** @returns a promise while the client has not read what was sent before. */
  notify(notification: JsonRpcNotification): Promise<void> | undefined {
    if (this.#options.form === 'json') return undefined;
    const text = encode(notification);
    if (text === undefined) return undefined;
    if (isLonger(text, this.#options.maxResultBytes)) {
      this.#options.onOverflow('result-too-large');
      return undefined;
    }
    const stream = this.#openStream();
    if (!stream.send(bytesOf(event(text)))) this.#options.onOverflow('overloaded');
    return stream.drained;
  }

  /** Sends a question of the server. @returns false when the client accepts no event stream. */
  request(request: JsonRpcRequest): boolean {
    if (this.#options.form === 'json') return false;
    this.#openStream().sendAnyway(event(JSON.stringify(request)));
    return true;
  }

  /**
   * Writes an answer with much text in steps, so that others have turns meanwhile. Call it before
   * {@link finish}.
   * @returns a promise that resolves when it is written, or the client has left; undefined where
   * nothing is long.
   */
  prepare(answer: Answer): Promise<void> | undefined {
    const { id, maxResultBytes, share, carrier } = this.#options;
    if ('error' in answer || !isWhole(answer)) return undefined;
    const length = lengthOfLong(answer);
    if (length === 0) return undefined;
    // Before the work: what has no room costs nothing.
    const holding = new Holding(share);
    if (length > maxResultBytes || !holding.resize(length)) {
      this.#prepared = new HostError(length > maxResultBytes ? 'result-too-large' : 'overloaded');
      return undefined;
    }
    let slices: Iterator<Buffer>;
    try {
      slices = jsonSlices(id, answer);
    } catch (cause) {
      holding.release();
      this.#prepared = new HostError('invalid-result', { cause });
      return undefined;
    }
    const pieces: Buffer[] = [];
    this.#prepared = pieces;
    return new NativePromise((resolve) => {
      share.budget.turns.add(share, () => {
        if (!isGone(carrier) && this.#addSlice(slices, pieces, holding)) return true;
        // Sending takes it again.
        holding.release();
        resolve();
        return false;
      });
    });
  }

  /** @returns whether there may be more. */
  #addSlice(slices: Iterator<Buffer>, pieces: Buffer[], holding: Holding): boolean {
    const { value, done } = slices.next();
    if (done) return false;
    pieces.push(value);
    // A unit of the text takes up to six bytes.
    const bytes = bytesIn(pieces);
    const isTooLarge = bytes > this.#options.maxResultBytes;
    if (!isTooLarge && (bytes <= holding.bytes || holding.resize(bytes))) return true;
    this.#prepared = new HostError(isTooLarge ? 'result-too-large' : 'overloaded');
    return false;
  }

  /**
   * Sends the answer. @throws HostError `invalid-result`, `result-too-large` or `overloaded`; nothing
   * was sent then.
   */
  finish(answer: Answer, status: number, headers?: HttpAnswer['headers']): void {
    const { id, maxResultBytes, carrier } = this.#options;
    if (this.#prepared) {
      this.#finishPrepared(this.#prepared, status, headers);
      return;
    }
    const text = isWhole(answer) ? textOf(id, answer) : undefined;
    if (text === undefined) throw new HostError('invalid-result');
    if (isLonger(text, maxResultBytes)) throw new HostError('result-too-large');
    if (text.length <= UNCOUNTED_BYTES && isInTurn(carrier)) this.#write(text, status, headers);
    else this.#finishPrepared([Buffer.from(text)], status, headers);
  }

  fail({ error, status, headers }: HostError): void {
    const { id } = this.#options;
    this.#write(JSON.stringify({ jsonrpc: '2.0', id, error }), status, headers);
  }

  /**
   * Ends a cancelled request, which should get no answer (MCP 2025-11-25,
   * basic/utilities/cancellation): its event stream ends without one, at once if none has begun.
   * @returns false for a client that accepts no event stream.
   */
  endUnanswered(): boolean {
    if (this.#options.form === 'json') return false;
    const stream = this.#openStream();
    clearInterval(this.#heartbeat);
    stream.end();
    return true;
  }

  /** Why what it writes goes nowhere; undefined while the client is there. */
  get whyGone(): 'disconnected' | 'slow-reader' | undefined {
    if (this.#stream?.isGivenUp) return 'slow-reader';
    return isGone(this.#options.carrier) ? 'disconnected' : undefined;
  }

  /** Releases the stream without an answer: no one waits for it. */
  abandon(): void {
    clearInterval(this.#heartbeat);
    this.#stream?.destroy();
    // The mount still waits for it; what it writes goes to a closed socket.
    this.#respond({ status: 499, headers: {} });
  }

  #write(text: string, status: number, headers?: HttpAnswer['headers']): void {
    if (this.#isStream(status)) {
      const stream = this.#openStream();
      stream.sendAnyway(event(text));
      this.#complete(stream);
      return;
    }
    this.#respond({ status, headers: jsonHeaders(headers), body: text });
  }

  #finishPrepared(
    prepared: Buffer[] | HostError,
    status: number,
    headers?: HttpAnswer['headers'],
  ): void {
    if (prepared instanceof HostError) throw prepared;
    if (!this.#writePieces(prepared, status, headers)) throw new HostError('overloaded');
  }

  /** @returns false where there is no room for them; nothing was sent then. */
  #writePieces(pieces: Buffer[], status: number, headers?: HttpAnswer['headers']): boolean {
    if (this.#isStream(status)) {
      const stream = this.#openStream();
      if (!stream.sendAll([EVENT_START, ...pieces, EVENT_END])) return false;
      this.#complete(stream);
      return true;
    }
    const body = this.#newStream();
    if (!body.sendAll(pieces)) return false;
    this.#complete(body);
    const length = { 'content-length': String(bytesIn(pieces)) };
    this.#respond({ status, headers: { ...jsonHeaders(headers), ...length }, body });
    return true;
  }

  // An error has its own status, which an event stream could not carry; so it is JSON even for a
  // client that accepts only event streams, as it is before an exchange begins.
  #isStream(status: number): boolean {
    return this.#stream !== undefined || (this.#options.form === 'stream' && status === 200);
  }

  #complete(stream: Outgoing): void {
    clearInterval(this.#heartbeat);
    this.#isComplete = true;
    stream.end();
  }

  #newStream(): Outgoing {
    const { share, carrier, onOverflow, onUnread } = this.#options;
    return new Outgoing(share, carrier, () => {
      if (this.#isComplete) onUnread();
      else onOverflow('slow-reader');
    });
  }

  #respond(answer: HttpAnswer): void {
    if (this.#hasResponded) return;
    this.#options.respond(answer);
    this.#hasResponded = true;
  }

  #openStream(): Outgoing {
    if (this.#stream) return this.#stream;
    const stream = this.#newStream();
    this.#stream = stream;
    // A heartbeat into a blocked stream would hide from the socket's idle limit that the reader is
    // gone.
    this.#heartbeat = setInterval(() => {
      if (!stream.writableNeedDrain) stream.sendAnyway(HEARTBEAT);
    }, HEARTBEAT_INTERVAL_MS);
    stream.once('close', () => clearInterval(this.#heartbeat));
    this.#respond({ status: 200, headers: EVENT_STREAM_HEADERS, body: stream });
    return stream;
  }
}

function textOf(id: RequestId, answer: Answer): string | undefined {
  if ('error' in answer) return encode({ jsonrpc: '2.0', id, error: answer.error });
  const { result, text } = answer;
  if (text !== undefined) return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${text}}`;
  return encode({ jsonrpc: '2.0', id, result });
}

/** JSON leaves out what is undefined or a function, and an answer without its result is none. */
function isWhole(answer: Answer): boolean {
  return 'error' in answer || (typeof answer.result === 'object' && answer.result !== null);
}

/** @returns undefined when the message cannot be written as JSON (a cycle, a BigInt). */
function encode(message: object): string | undefined {
  try {
    return JSON.stringify(message);
  } catch {
    return undefined;
  }
}

/** A UTF-16 unit takes 3 bytes of UTF-8 at most, so most texts need not be measured. */
function isLonger(text: string, maxBytes: number): boolean {
  return text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes;
}

function jsonHeaders(further: HttpAnswer['headers'] | undefined): HttpAnswer['headers'] {
  return further ? { ...JSON_HEADERS, ...further } : JSON_HEADERS;
}

/** A short text is written as it is. */
function bytesOf(text: string): string | Buffer {
  return text.length > UNCOUNTED_BYTES ? Buffer.from(text) : text;
}

function event(text: string): string {
  return `event: message\ndata: ${text}\n\n`;
}

const EVENT_START = Buffer.from('event: message\ndata: ');
const EVENT_END = Buffer.from('\n\n');
