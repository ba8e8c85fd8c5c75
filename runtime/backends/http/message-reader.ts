// The messages in the body of an HTTP answer: one JSON text, or an event stream whose events are
// passed on as they come.

import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { isObject } from '../../../config/json-value.ts';
import { bounded, describeError } from '../../exchange/bounded-text.ts';
import type { JsonObject } from '../../exchange/exchange.ts';
import { HostError } from '../../exchange/refusals.ts';
import { BytePieces } from '../byte-pieces.ts';
import type { Reply } from './upstream.ts';

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
export async function readMessages(reply: Reply, options: ReadOptions): Promise<void> {
  const { body, headers } = reply;
  const [type = ''] = String(headers['content-type'] ?? '').split(';', 1);
  const take = readerOf(type.trim().toLowerCase(), options);
  // Some servers, such as those in C#, say of an event stream that it has none.
  const encoding = String(headers['content-encoding'] ?? 'identity')
    .trim()
    .toLowerCase();
  if (!take || encoding !== 'identity') {
    body.destroy();
    const what = take ? `content encoding ${shown(encoding)}` : `content type ${shown(type)}`;
    throw new HostError('upstream-invalid', {
      detail: `The server answered ${reply.status} with ${what}.`,
    });
  }
  return new Promise((resolve, reject) => {
    let bytes = 0;
    let isDone = false;
    const end = (error?: unknown): void => {
      if (isDone) return;
      isDone = true;
      if (error) {
        body.destroy();
        reject(error);
        return;
      }
      const timer = setTimeout(() => body.destroy(), REST_LIMIT_MS).unref();
      body.once('close', () => clearTimeout(timer));
      resolve();
    };
    const attempt = (work: () => boolean): void => {
      try {
        if (work()) end();
      } catch (error) {
        end(error);
      }
    };
    body.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > options.maxBytes && !options.isEndless) {
        end(new HostError('result-too-large'));
        body.destroy();
      } else if (!isDone) attempt(() => take.chunk(chunk));
    });
    // An error is made only where it is needed: its stack costs as much as the rest of the reading.
    const cut = (detail?: string, cause?: unknown): void => {
      if (!isDone) end(new HostError('upstream-cut', { ...(detail && { detail }), cause }));
    };
    body.on('end', () => {
      if (!isDone) attempt(() => take.end());
      cut('The body ended before the answer.');
    });
    body.on('error', (cause) => cut(describeError(cause), cause));
    body.on('close', () => cut());
  });
}

function shown(value: string): string {
  return JSON.stringify(bounded(value));
}

/** Each returns true when the message that was waited for has come. */
interface BodyReader {
  chunk(chunk: Buffer): boolean;
  end(): boolean;
}

function readerOf(type: string, options: ReadOptions): BodyReader | undefined {
  if (type === 'application/json') return jsonReader(options);
  return type === 'text/event-stream' ? eventReader(options) : undefined;
}

function jsonReader({ onMessage }: ReadOptions): BodyReader {
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

function eventReader({ maxBytes, onMessage }: ReadOptions): BodyReader {
  let isDone = false;
  const decoder = new TextDecoder();
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
      parser.feed(decoder.decode(chunk, { stream: true }));
      return isDone;
    },
    end: () => isDone,
  };
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
