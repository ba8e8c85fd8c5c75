// A check as a Fastify hook that takes no promise: each one would cost every request a turn of the microtask queue.

import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';

/** @param check throws for what must not pass. */
export function checkHook(
  check: (request: FastifyRequest, reply: FastifyReply) => void,
): onRequestHookHandler {
  return (request, reply, done) => {
    try {
      check(request, reply);
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  };
}
