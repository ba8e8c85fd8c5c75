// Every error of HTTP, of Fastify and of our own rooms becomes a constant JSON-RPC body: no stack,
// no echo, no HTML.

import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { bounded } from '../exchange/bounded-text.ts';
import { CLIENT_GONE, refusalAnswer } from '../exchange/refusal-answer.ts';
import { HostError, type RefusalReason } from '../exchange/refusals.ts';
import { requestIdOf } from '../protocol/message.ts';
import type { Audit } from './audit.ts';
import { send } from './send.ts';

/** Fastify's own errors, by code. */
const FASTIFY_REASONS: ReadonlyMap<string, RefusalReason> = new Map([
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'body-too-large'],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'unsupported-media-type'],
  ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 'bad-headers'],
  ['FST_ERR_BAD_URL', 'not-found'],
  ['FST_ERR_MAX_PARAM_LENGTH', 'path-too-long'],
]);

type ErrorHandler = (error: Error, request: FastifyRequest, reply: FastifyReply) => FastifyReply;

/**
 * @returns Fastify's error handler; what is not a refusal is logged and answered as an internal
 * error.
 */
export function answerErrors(log: Logger, isDraining: () => boolean, audit: Audit): ErrorHandler {
  return (error, request, reply) => {
    const refusal = toHostError(error);
    request.holding?.release();
    logError(log, error, refusal, request, audit);
    // Fastify closes after a refused body. A close while the client still sends is a reset, which
    // can overtake the answer; left open, Node reads the rest and throws it away, within
    // `requestTimeout`.
    reply.removeHeader('connection');
    return send(reply, refusalAnswer(refusal, requestIdOf(request.body)), isDraining());
  };
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

/**
 * Without what may carry a key or a password: a query, also one that was encoded by mistake, and an
 * authority.
 */
function pathOf(url = ''): string | undefined {
  return url.startsWith('/') ? bounded(url.split(/[?#;]|%3f/i, 1)[0]) : undefined;
}
