// Every error of HTTP, of Fastify and of our own rooms becomes a constant JSON-RPC body: no stack, no echo, no HTML.

import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Audit } from './mount/audit.ts';
import { bounded } from './mount/request-log.ts';
import { send } from './mount/send.ts';
import { requestIdOf } from './protocol/message.ts';
import { HostError, type RefusalReason } from './protocol/refusals.ts';
import { refusalAnswer } from './protocol/response.ts';

/** Fastify's own errors, by code. */
const FASTIFY_REASONS: ReadonlyMap<string, RefusalReason> = new Map([
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'body-too-large'],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'unsupported-media-type'],
  ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 'bad-headers'],
  ['FST_ERR_BAD_URL', 'not-found'],
  ['FST_ERR_MAX_PARAM_LENGTH', 'path-too-long'],
]);

/** Node's errors of requests that never reached Fastify, by code. */
const SOCKET_REASONS: ReadonlyMap<string, RefusalReason> = new Map([
  ['HPE_HEADER_OVERFLOW', 'headers-too-large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'request-timeout'],
]);

/** What Node says when the client leaves in the middle of its body. */
const CLIENT_GONE = 'ECONNRESET';

/** Time to read an answer before the connection is cut: a reset could overtake it. */
const LINGER_MS = 1_000;

type ErrorHandler = (error: Error, request: FastifyRequest, reply: FastifyReply) => FastifyReply;

/** @returns Fastify's error handler; what is not a refusal is logged and answered as an internal error. */
export function answerErrors(log: Logger, isDraining: () => boolean, audit: Audit): ErrorHandler {
  return (error, request, reply) => {
    const refusal = toHostError(error);
    logError(log, error, refusal, request, audit);
    // Fastify closes after a refused body. A close while the client still sends is a reset, which can overtake the
    // answer; left open, Node reads the rest and throws it away, within `requestTimeout`.
    reply.removeHeader('connection');
    return send(reply, refusalAnswer(refusal, requestIdOf(request.body)), isDraining());
  };
}

/** Answers what Node's parser refused (malformed HTTP, too large headers, too slow) and closes the connection. */
export function answerSocketErrors(error: Error & { code?: string }, socket: Socket): void {
  // Answered already: what the client still sends is thrown away until the connection is cut.
  if (socket.writableEnded) return;
  if (error.code === CLIENT_GONE || !socket.writable || isAnswering(socket)) socket.destroy();
  else endWith(SOCKET_REASONS.get(error.code ?? '') ?? 'bad-headers', socket);
}

/** Answers CONNECT, which Node would drop unanswered; from here on nobody else looks after the socket. */
export function refuseTunnel(_request: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => socket.destroy());
  endWith('misdirected', socket);
}

/** Whether an answer is on its way, into which nothing may be written (Node's own handler asks the same). */
function isAnswering(socket: Socket): boolean {
  return (socket as { _httpMessage?: ServerResponse })._httpMessage?.headersSent === true;
}

function endWith(reason: RefusalReason, socket: Duplex): void {
  const refusal = new HostError(reason);
  const { body = '' } = refusalAnswer(refusal, null);
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body as string)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // A client that never closes its half would hold the connection for ever.
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

function toHostError(error: Error): HostError {
  if (error instanceof HostError) return error;
  const reason = FASTIFY_REASONS.get((error as FastifyError).code);
  return new HostError(reason ?? 'internal', { cause: error });
}

function logError(
  log: Logger,
  error: Error,
  refusal: HostError,
  request: FastifyRequest,
  audit: Audit,
): void {
  if (refusal.reason === 'internal') {
    const isGone = (error as NodeJS.ErrnoException).code === CLIENT_GONE;
    log[isGone ? 'debug' : 'error']({ err: error }, isGone ? 'client gone' : 'internal error');
    return;
  }
  log.info(
    {
      ...audit(request, refusal),
      detail: bounded(refusal.detail),
      path: pathOf(request.raw.url),
    },
    'refused',
  );
}

/** Without what may carry a key or a password: a query, also one that was encoded by mistake, and an authority. */
function pathOf(url = ''): string | undefined {
  return url.startsWith('/') ? bounded(url.split(/[?#;]|%3f/i, 1)[0]) : undefined;
}
