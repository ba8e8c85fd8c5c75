// Writes an answer of the protocol room to the client.

import type { FastifyReply } from 'fastify';
import type { HttpAnswer } from '../exchange/refusal-answer.ts';
import { Outgoing } from '../protocol/outgoing.ts';
import { attach, detach } from './disconnect.ts';

/**
 * A reader that takes no byte for this long is given up (socket inactivity), so that it cannot hold
 * memory. One that takes a few is given up by `exchange/unsent-answers.ts`.
 */
const READER_IDLE_LIMIT_MS = 30_000;

/**
 * @param closeConnection true while draining: the Functions host keeps connections open and would
 * keep the process from ending.
 */
export function send(
  reply: FastifyReply,
  answer: HttpAnswer,
  closeConnection: boolean,
): FastifyReply {
  const { status, headers, body } = answer;
  reply.code(status).headers(headers);
  if (closeConnection) reply.header('connection', 'close');
  if (body instanceof Outgoing) {
    const { socket } = reply.request.raw;
    attach(body, socket);
    reply.raw.once('close', () => detach(body, socket));
    // Node sets the keep-alive limit again when the answer has been written.
    reply.raw.setTimeout(READER_IDLE_LIMIT_MS, () => {
      body.giveUp();
      socket.destroy();
    });
  }
  return reply.send(body);
}
