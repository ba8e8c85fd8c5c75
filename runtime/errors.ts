// Every error of HTTP, of Fastify and of our own rooms becomes a constant JSON-RPC body: no stack, no echo, no HTML.

import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
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

const STATUS_TEXTS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

type ErrorHandler = (error: Error, request: FastifyRequest, reply: FastifyReply) => FastifyReply;

/** @returns Fastify's error handler; what is not a refusal is logged and answered as an internal error. */
export function answerErrors(log: Logger, isDraining: () => boolean): ErrorHandler {
  return (error, request, reply) => {
    const refusal = toHostError(error);
    if (refusal.reason === 'internal') log.error({ err: error }, 'internal error');
    else logRefusal(log, refusal, request);
    // Fastify closes after a refused body. A close while the client still sends is a reset, which can overtake the
    // answer; left open, Node reads the rest and throws it away, within `requestTimeout`.
    reply.removeHeader('connection');
    return send(reply, refusalAnswer(refusal, requestIdOf(request.body)), isDraining());
  };
}

/** Answers what Node's parser refused (malformed HTTP, too large headers, too slow) and closes the connection. */
export function answerSocketErrors(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const refusal = new HostError(SOCKET_REASONS.get(error.code ?? '') ?? 'bad-headers');
  const { body = '' } = refusalAnswer(refusal, null);
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_TEXTS[refusal.status]}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body as string)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function toHostError(error: Error): HostError {
  if (error instanceof HostError) return error;
  const reason = FASTIFY_REASONS.get((error as FastifyError).code);
  return new HostError(reason ?? 'internal', { cause: error });
}

function logRefusal(log: Logger, refusal: HostError, request: FastifyRequest): void {
  log.info(
    {
      reason: refusal.reason,
      status: refusal.status,
      path: bounded(request.raw.url?.split('?', 1)[0]),
      invocationId: bounded(request.headers['x-azure-functions-invocationid']),
    },
    'refused',
  );
}
