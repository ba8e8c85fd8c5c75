// Bounds the requests that a client sends ahead on one connection: they and their answers wait in
// memory until the answers before them are read.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Clients of MCP send none ahead. */
const MAX_AHEAD = 32;

const ahead = new WeakMap<Socket, number>();

/** @returns false for a request that is one too many; its connection is cut then. */
export function isTaken({ socket }: IncomingMessage, response: ServerResponse): boolean {
  // Nothing is due on its connection.
  if (response.socket) return true;
  if (socket.destroyed) return false;
  const count = (ahead.get(socket) ?? 0) + 1;
  if (count > MAX_AHEAD) {
    socket.destroy();
    return false;
  }
  ahead.set(socket, count);
  response.once('socket', () => ahead.set(socket, (ahead.get(socket) as number) - 1));
  return true;
}
