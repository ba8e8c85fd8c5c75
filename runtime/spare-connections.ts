// Connections over which nothing was ever sent: HTTP clients keep them in reserve. Node takes them for busy ones, so
// neither `close` nor `closeIdleConnections` of a server ends them.

import type { Server, Socket } from 'node:net';

export class SpareConnections {
  readonly #sockets = new Set<Socket>();

  /** @param server one that does not accept connections yet. */
  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** Closes those that are still unused. */
  close(): void {
    for (const socket of this.#sockets) if (socket.bytesRead === 0) socket.destroy();
  }
}
