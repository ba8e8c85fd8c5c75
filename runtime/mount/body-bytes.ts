// The bytes of a request's body in the budget: taken before it is read, given back when the message
// ends. A body that does not tell its length is counted while it arrives.

import { Transform } from 'node:stream';
import type { FastifyBodyParser, FastifyRequest, preParsingHookHandler } from 'fastify';
import { Holding } from '../exchange/byte-budget.ts';
import { CLIENT_GONE } from '../exchange/refusal-answer.ts';
import { HostError } from '../exchange/refusals.ts';
import { parseBody } from '../protocol/body.ts';
import { SESSION_HEADER } from '../protocol/session.ts';
import type { MountedServer } from './mounted-server.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What its body holds, and then its arguments. */
    holding?: Holding | undefined;
  }
}

/** Much more than a cancellation or a filled form takes. */
const SHORT_BODY_BYTES = 16_384;
/** Of longer bodies one is parsed in each turn of the event loop. */
const PARSED_AT_ONCE_BYTES = 131_072;

/**
 * @returns whether it may be what a server at its limit waits for: a cancellation, or the answer to
 * a question. A request is refused once its body was read, so only a short one is.
 */
export function mayEndCall({ headers }: FastifyRequest): boolean {
  return SESSION_HEADER in headers && Number(headers['content-length']) <= SHORT_BODY_BYTES;
}

/** @throws HostError `overloaded` where there is no room for the body. */
export function takeBody(request: FastifyRequest, { share, config }: MountedServer): void {
  const length = Number(request.headers['content-length'] ?? 0);
  // It is refused for its length, and not read.
  if (length > config.maxBodyBytes) return;
  const holding = new Holding(share);
  request.holding = holding;
  if (holding.resize(length)) return;
  if (!mayEndCall(request)) throw new HostError('overloaded');
  // It is read without being counted; a request is refused then.
  holding.release();
}

/** Fastify's hook before a body is read. */
export const arrivingBody: preParsingHookHandler = (request, _reply, body, done) => {
  const { holding, headers } = request;
  if (!holding || headers['content-length'] !== undefined) {
    done(null);
    return;
  }
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      if (holding.resize(holding.bytes + chunk.length)) next(null, chunk);
      else next(new HostError('overloaded'));
    },
  });
  body.once('error', (error) => counted.destroy(error));
  // What comes after a refusal is read and thrown away, so that the client can read the refusal.
  counted.once('close', () => body.resume());
  done(null, body.pipe(counted));
};

/** Fastify's parser of a body that was read. */
export const arrivedBody: FastifyBodyParser<Buffer> = (request, body, done) => {
  const { holding } = request;
  if (!holding || body.length <= PARSED_AT_ONCE_BYTES) parseInto(done, request, body);
  else holding.share.takeTurn(() => parseInto(done, request, body));
};

function parseInto(
  done: (error: Error | null, value?: unknown) => void,
  { bodyLimits, holding, raw }: FastifyRequest,
  body: Buffer,
): void {
  let value: unknown;
  try {
    // While it waited for its turn, the client may have left.
    if (raw.socket.destroyed) throw Object.assign(new Error('client gone'), { code: CLIENT_GONE });
    // A preflight is for no server yet: nobody reads its body.
    value = bodyLimits && parseBody(body, bodyLimits, holding);
  } catch (error) {
    done(error as Error);
    return;
  }
  done(null, value);
}
