// One send of a request to the handler, up to the head of its answer.

import { type Agent, type IncomingMessage, request as openRequest } from 'node:http';
import type { Readable } from 'node:stream';

/** A request as it goes to the handler. */
export interface OutgoingRequest {
  readonly port: number;
  readonly agent: Agent;
  readonly method: string;
  /** Path and query, sent as they are. */
  readonly path: string;
  /** Name, value, name, … */
  readonly rawHeaders: readonly string[];
  /** Buffered, streamed, or none. */
  readonly body: Buffer | Readable | undefined;
}

/** The handler was not reached, or closed the connection, before it answered. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  /** Body bytes were on their way: nothing can be sent again. */
  readonly bodyStarted: boolean;
  /** The connection closed without a byte of an answer: the connection pool sends again at once. */
  readonly closedUnanswered: boolean;

  constructor(cause: NodeJS.ErrnoException, bodyStarted: boolean) {
    super(`The handler did not answer: ${cause.message}`, { cause });
    this.bodyStarted = bodyStarted;
    this.closedUnanswered = cause.code === 'ECONNRESET' || cause.code === 'EPIPE';
  }
}

/**
 * Sends once; resolves with the head of the answer.
 *
 * @throws NoAnswerError when there is none; the reason of `signal` when that aborted.
 */
export function sendOnce(
  { body, rawHeaders, ...target }: OutgoingRequest,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  let bodyStarted = false;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const headers = rawHeaders as string[];
    const request = openRequest({ host: '127.0.0.1', ...target, headers, signal });
    request.once('response', resolve);
    request.on('error', (error) => {
      if (body && !Buffer.isBuffer(body)) body.unpipe(request);
      reject(signal.aborted ? signal.reason : new NoAnswerError(error, bodyStarted));
    });
    const sendBody = () => {
      bodyStarted = body !== undefined;
      if (body === undefined || Buffer.isBuffer(body)) request.end(body);
      else body.pipe(request);
    };
    // Not before the connection stands: a refused connection must leave the body untouched.
    request.once('socket', (socket) => {
      if (socket.connecting) socket.once('connect', sendBody);
      else sendBody();
    });
  });
}
