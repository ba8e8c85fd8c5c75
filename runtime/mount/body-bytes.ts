// The bytes of a request's body in the budget: taken before it is read, given back when the message
// ends. A body that does not tell its length is counted while it arrives.

import { Transform } from 'node:stream';
import type { FastifyBodyParser, FastifyRequest, preParsingHookHandler } from 'fastify';
import type { Environment } from '../../config/env.ts';
import {
  type ArrivingBody,
  type ByteShare,
  Holding,
  SMALL_BYTES,
} from '../exchange/byte-budget.ts';
import { CLIENT_GONE } from '../exchange/refusal-answer.ts';
import { HostError } from '../exchange/refusals.ts';
import { parseBody } from '../protocol/body.ts';
import { SESSION_HEADER } from '../protocol/session.ts';
import { HttpCaller } from './caller.ts';
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
export function takeBody(
  request: FastifyRequest,
  { share, config }: MountedServer,
  environment: Environment,
): void {
  const length = Number(request.headers['content-length'] ?? 0);
  // It is refused for its length, and not read.
  if (length > config.maxBodyBytes) return;
  const isLarge = length > SMALL_BYTES || 'transfer-encoding' in request.headers;
  const holding = isLarge
    ? new LargeBody(share, new HttpCaller(request, config, environment))
    : new Holding(share);
  request.holding = holding;
  if (holding.resize(length)) return;
  if (!mayEndCall(request)) throw new HostError('overloaded');
  // It is read without being counted; a request is refused then.
  holding.release();
}

/** A body that can be refused while it arrives, to make room for others. */
class LargeBody extends Holding implements ArrivingBody {
  readonly caller: HttpCaller;
  #refuse: (() => void) | undefined;

  constructor(share: ByteShare, caller: HttpCaller) {
    super(share, caller);
    this.caller = caller;
    share.arriving.add(this);
  }

  get heldBytes(): number {
    return this.bytes;
  }

  /** @param refuse answers its request. */
  onRefused(refuse: () => void): void {
    this.#refuse = refuse;
  }

  end(): void {
    this.release();
    this.#refuse?.();
  }

  override release(): void {
    super.release();
    this.share.arriving.delete(this);
  }
}

/** Fastify's hook before a body is read. */
export const arrivingBody: preParsingHookHandler = (request, _reply, body, done) => {
  const { holding, headers } = request;
  const isCounted = headers['content-length'] === undefined;
  const large = holding instanceof LargeBody ? holding : undefined;
  if (!holding || !(isCounted || large)) {
    done(null);
    return;
  }
  const passing = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      if (!isCounted || holding.resize(holding.bytes + chunk.length)) next(null, chunk);
      else next(new HostError('overloaded'));
    },
  });
  large?.onRefused(() => passing.destroy(new HostError('overloaded')));
  body.once('error', (error) => passing.destroy(error));
  // What comes after a refusal is read and thrown away, so that the client can read the refusal.
  passing.once('close', () => body.resume());
  done(null, body.pipe(passing));
};

/** Fastify's parser of a body that was read. */
export const arrivedBody: FastifyBodyParser<Buffer> = (request, body, done) => {
  const { holding } = request;
  if (holding instanceof LargeBody) holding.share.arriving.delete(holding);
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
