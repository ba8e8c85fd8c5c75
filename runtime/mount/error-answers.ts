// Every error of HTTP, of Fastify and of our own rooms becomes a constant JSON-RPC body: no stack,
// no echo, no HTML.

import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { bounded } from '../exchange/bounded-text.ts';
import { NO_SERVER, refusalSource } from '../exchange/line-limit.ts';
import { lingerOnClose } from '../exchange/linger.ts';
import { CLIENT_GONE, refusalAnswer } from '../exchange/refusal-answer.ts';
import { HostError, type RefusalReason } from '../exchange/refusals.ts';
import { requestIdOf } from '../protocol/message.ts';
import type { Audit } from './audit.ts';
import type { MountOptions } from './mount-options.ts';
import { send } from './send.ts';

/** Fastify's own errors, by code. */
const FASTIFY_REASONS: ReadonlyMap<string, RefusalReason> = new Map([
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'body-too-large'],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'unsupported-media-type'],
  ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 'bad-headers'],
  ['FST_ERR_BAD_URL', 'not-found'],
  ['FST_ERR_MAX_PARAM_LENGTH', 'path-too-long'],
]);

export interface ErrorAnswersOptions extends Pick<MountOptions, 'log' | 'limits' | 'isDraining'> {
  readonly audit: Audit['refused'];
}

type ErrorHandler = (error: Error, request: FastifyRequest, reply: FastifyReply) => FastifyReply;

/**
 * @returns Fastify's error handler; what is not a refusal is logged and answered as an internal
 * error.
 */
export function answerErrors(options: ErrorAnswersOptions): ErrorHandler {
  const { isDraining } = options;
  const answer: ErrorHandler = (error, request, reply) => {
    const refusal = toHostError(error);
    request.holding?.release();
    logError(options, error, refusal, request);
    // Fastify closes after a refused body. Left open, Node reads the rest and throws it away, within
    // `requestTimeout`. A client or a drain may close it all the same.
    reply.removeHeader('connection');
    lingerOnClose(request.raw);
    return send(reply, refusalAnswer(refusal, requestIdOf(request.body)), isDraining());
  };
  // Made before a server can break what it is made with.
  const last = refusalAnswer(new HostError('internal'), null);
  return (error, request, reply) => {
    try {
      return answer(error, request, reply);
    } catch {
      // Fastify would answer with a body of its own, and the message of the error in it.
      reply.hijack().raw.writeHead(last.status, last.headers).end(last.body);
      return reply;
    }
  };
}

function toHostError(error: Error): HostError {
  if (error instanceof HostError) return error;
  const reason = FASTIFY_REASONS.get((error as FastifyError).code);
  return new HostError(reason ?? 'internal', { cause: error });
}

function logError(
  { log, limits, audit }: ErrorAnswersOptions,
  error: Error,
  refusal: HostError,
  request: FastifyRequest,
): void {
  if (refusal.reason === 'internal') {
    if ((error as NodeJS.ErrnoException).code === CLIENT_GONE) {
      log.debug({ err: error }, 'client gone');
    } else if (limits.failures.allows(NO_SERVER)) log.error({ err: error }, 'internal error');
    return;
  }
  // The observer sees all of them.
  const refused = audit(request, refusal);
  if (!log.isLevelEnabled('info') || !limits.refusals.allows(refusalSource(refused))) return;
  log.info(
    {
      ...refused,
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
