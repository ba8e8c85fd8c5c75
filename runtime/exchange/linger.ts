// Closes a connection so that a client which is still sending gets its answer: what closes with
// unread bytes is reset, and a reset overtakes the answer (RFC 9112, 9.6).

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** Beyond one of these the connection is cut: time, time in which nothing comes, and bytes. */
const LINGER_MS = 10_000;
const SILENCE_MS = 1_000;
const LINGER_BYTES = 67_108_864;

/** Called before an answer to a request whose body may not have been read. */
export function lingerOnClose({ complete, socket }: IncomingMessage): void {
  // Node calls this when it has written the last answer of a connection.
  if (!complete) socket.destroySoon = () => endAndLinger(socket);
}

/** Ends what is written; what still comes is dropped until the client closes, within the limits. */
export function endAndLinger(socket: Socket): void {
  socket.setTimeout(SILENCE_MS, () => socket.destroy());
  const limit = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => clearTimeout(limit));
  let left = LINGER_BYTES;
  // In place of the parser: behind a last answer there is no further request.
  socket.removeAllListeners('data').on('data', ({ length }: Buffer) => {
    left -= length;
    if (left < 0) socket.destroy();
  });
  socket.resume().end();
}
