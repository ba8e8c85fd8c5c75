// The messages in the body of an HTTP answer: one JSON text, or an event stream whose events are
// passed on as they come.

import { StringDecoder } from 'node:string_decoder';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { isObject } from '../../../config/json-value.ts';
import { bounded, describeError } from '../../exchange/bounded-text.ts';
import type { JsonObject } from '../../exchange/exchange.ts';
import { HostError } from '../../exchange/refusals.ts';
import { BytePieces } from '../byte-pieces.ts';
import type { Reply } from './reply.ts';

/** How long the rest of a body may take after the answer has come. */
const REST_LIMIT_MS = 1_000;

export interface ReadOptions {
  /** Of the whole body; for a stream without end, of one event. */
  readonly maxBytes: number;
  readonly isEndless?: boolean;
  /** @returns true for the message that was waited for: what follows is dropped. */
  readonly onMessage: (message: JsonObject) => boolean;
}

/**
 * Resolves with the message that was waited for.
 * @throws HostError `upstream-cut`, `upstream-invalid` or `result-too-large`.
 */
export function readMessages(reply: Reply, options: ReadOptions): Promise<void> {
  const { headers } = reply;
  const [type = ''] = String(headers['content-type'] ?? '').split(';', 1);
  const take = readerOf(type.trim().toLowerCase(), options);
  // Some servers, such as those in C#, say of an event stream that it has none.
  const encoding = String(headers['content-encoding'] ?? 'identity')
    .trim()
    .toLowerCase();
  if (!take || encoding !== 'identity') {
    reply.giveUp();
    const what = take ? `content encoding ${shown(encoding)}` : `content type ${shown(type)}`;
    const detail = `The server answered ${reply.status} with ${what}.`;
    return Promise.reject(new HostError('upstream-invalid', { detail }));
  }
  return new Promise((resolve, reject) => {
    let bytes = 0;
    let isDone = false;
    let forgetRest: (() => void) | undefined;
    const fail = (error: unknown): void => {
      if (isDone) return;
      isDone = true;
      reply.giveUp();
      reject(error);
    };
    const attempt = (work: () => boolean): void => {
      try {
        if (!work()) return;
      } catch (error) {
        fail(error);
        return;
      }
      isDone = true;
      if (!reply.isOver) forgetRest = reply.limitRest(REST_LIMIT_MS);
      resolve();
    };
    reply.read({
      chunk(chunk) {
        bytes += chunk.length;
        if (bytes > options.maxBytes && !options.isEndless) {
          fail(new HostError('result-too-large'));
          reply.giveUp();
        } else if (!isDone) attempt(() => take.chunk(chunk));
      },
      end() {
        forgetRest?.();
        if (!isDone) attempt(() => take.end());
        if (!isDone) fail(cut('The body ended before the answer.'));
      },
      cut(cause) {
        forgetRest?.();
        if (!isDone) fail(cut(describeError(cause), cause));
      },
    });
  });
}

function cut(detail: string, cause?: Error): HostError {
  return new HostError('upstream-cut', { detail, cause });
}

function shown(value: string): string {
  return JSON.stringify(bounded(value));
}

/** Each returns true when the message that was waited for has come. */
interface MessageParser {
  chunk(chunk: Buffer): boolean;
  end(): boolean;
}

function readerOf(type: string, options: ReadOptions): MessageParser | undefined {
  if (type === 'application/json') return jsonReader(options);
  return type === 'text/event-stream' ? eventReader(options) : undefined;
}

function jsonReader({ onMessage }: ReadOptions): MessageParser {
  const pieces = new BytePieces();
  return {
    chunk(chunk) {
      pieces.add(chunk);
      return false;
    },
    end() {
      if (onMessage(messageOf(pieces.take().toString('utf8')))) return true;
      throw new HostError('upstream-invalid', {
        detail: 'The body is not an answer to the request.',
      });
    },
  };
}

function eventReader({ maxBytes, onMessage }: ReadOptions): MessageParser {
  let isDone = false;
  let isFirst = true;
  const decoder = new StringDecoder('utf8');
  const parser = createParser({
    maxBufferSize: maxBytes,
    onEvent: ({ event = 'message', data }: EventSourceMessage) => {
      // An event without data only carries an id to continue from.
      if (isDone || event !== 'message' || data === '') return;
      isDone = onMessage(messageOf(data));
    },
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') throw new HostError('result-too-large');
    },
  });
  return {
    chunk(chunk) {
      const text = decoder.write(chunk);
      parser.feed(isFirst ? withoutByteOrderMark(text) : text);
      isFirst &&= text === '';
      return isDone;
    },
    end: () => isDone,
  };
}

/** A stream may begin with one (HTML, "Parsing an event stream"). */
function withoutByteOrderMark(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

/** @throws HostError `upstream-invalid`. */
function messageOf(text: string): JsonObject {
  try {
    const message: unknown = JSON.parse(text);
    if (isObject(message) && message.jsonrpc === '2.0') return message;
  } catch {
    // Said below.
  }
  throw new HostError('upstream-invalid', { detail: 'The server sent no JSON-RPC message.' });
}
