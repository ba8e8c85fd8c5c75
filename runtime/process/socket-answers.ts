// Answers to what never becomes a request: Node's parser refused it, or it asks for a tunnel.

import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { endAndLinger } from '../exchange/linger.ts';
import { CLIENT_GONE, refusalAnswer } from '../exchange/refusal-answer.ts';
import { HostError, type RefusalReason } from '../exchange/refusals.ts';

/** Node's errors of requests that never reached Fastify, by code. */
const SOCKET_REASONS: ReadonlyMap<string, RefusalReason> = new Map([
  ['HPE_HEADER_OVERFLOW', 'headers-too-large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'request-timeout'],
]);

/**
 * Answers what Node's parser refused (malformed HTTP, too large headers, too slow) and closes the
 * connection.
 */
export function answerSocketErrors(error: Error & { code?: string }, socket: Duplex): void {
  // Answered already: what the client still sends is thrown away until the connection is cut.
  if (socket.writableEnded) return;
  if (error.code === CLIENT_GONE || !socket.writable || isAnswering(socket)) socket.destroy();
  else endWith(SOCKET_REASONS.get(error.code ?? '') ?? 'bad-headers', socket);
}

/**
 * Answers CONNECT, which Node would drop unanswered; from here on no one else looks after the
 * socket.
 */
export function refuseTunnel(_request: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => socket.destroy());
  endWith('misdirected', socket);
}

/**
 * Whether an answer is on its way, into which nothing may be written (Node's own handler asks the
 * same).
 */
function isAnswering(socket: Duplex): boolean {
  return (socket as Socket & { _httpMessage?: ServerResponse })._httpMessage?.headersSent === true;
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
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  // Node types it for servers of any stream; this one listens on a port.
  endAndLinger(socket as Socket);
}
