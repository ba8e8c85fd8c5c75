// The body of a client's request: read whole when its length is declared, streamed when chunked,
// never longer than the limit.

import type { IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';

/** Longer than `maxRequestBodyBytes`. The client gets an empty 500 and a closed connection. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

/** What becomes of the body. */
export interface RequestBody {
  /** For the handler's request: the declared length, `chunked`, or nothing. */
  readonly length: number | 'chunked' | undefined;
  readonly content: Buffer | Transform | undefined;
}

/** A chunked body waits for so many bytes, or for its end (measured). */
const streamedFromBytes = 4_096;

const methodsWithBody = ['POST', 'PUT', 'PATCH'];

/**
 * Reads a declared body to its end, before the handler sees anything of the request, and nothing of
 * one that is too long; prepares a chunked one (measured; limit:
 * `FUNCTIONS_REQUEST_BODY_SIZE_LIMIT`).
 *
 * @param onChunk Called for every streamed chunk.
 * @throws BodyTooLargeError for a declared body; a chunked one fails its stream with that error.
 */
export async function readRequestBody(
  request: IncomingMessage,
  maxBytes: number,
  onChunk: () => void,
): Promise<RequestBody> {
  if (request.headers['transfer-encoding'] !== undefined) {
    return { length: 'chunked', content: limitedStream(request, maxBytes, onChunk) };
  }
  const declared = request.headers['content-length'];
  if (declared === undefined || Number(declared) === 0) {
    const announcesNone = declared !== undefined || methodsWithBody.includes(request.method ?? '');
    return { length: announcesNone ? 0 : undefined, content: undefined };
  }
  if (Number(declared) > maxBytes) {
    throw new BodyTooLargeError(`${declared} bytes are more than ${maxBytes}`);
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return { length: Number(declared), content: Buffer.concat(chunks) };
}

function limitedStream(request: IncomingMessage, maxBytes: number, onChunk: () => void): Transform {
  let bytes = 0;
  const held: Buffer[] = [];
  const limited = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      onChunk();
      bytes += chunk.length;
      if (bytes > maxBytes) {
        done(new BodyTooLargeError(`The body is longer than ${maxBytes} bytes`));
        return;
      }
      held.push(chunk);
      if (bytes >= streamedFromBytes) this.push(Buffer.concat(held.splice(0)));
      done();
    },
    flush(done) {
      done(null, held.length > 0 ? Buffer.concat(held) : undefined);
    },
  });
  return request.pipe(limited);
}
