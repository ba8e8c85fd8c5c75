// Connections over which nothing was ever sent: HTTP clients keep them in reserve. Node takes them
// for busy ones, so neither `close` nor `closeIdleConnections` of a server ends them.

import type { Server, Socket } from 'node:net';

/** The request of a new connection may be on its way; to close then would be a reset. */
const FIRST_REQUEST_MS = 250;

export class SpareConnections {
  /** Each with the time at which it was accepted. */
  readonly #sockets = new Map<Socket, number>();

  /** @param server one that does not accept connections yet. */
  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#sockets.set(socket, performance.now());
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** Closes those that are still unused. */
  close(): void {
    const nowMs = performance.now();
    for (const [socket, acceptedAt] of this.#sockets) {
      if (socket.bytesRead === 0 && nowMs - acceptedAt > FIRST_REQUEST_MS) socket.destroy();
    }
  }
}
