// Ports of this machine: one that is free, and whether somebody accepts connections on it.

import { type AddressInfo, connect, createServer } from 'node:net';

/** Somebody who lives takes a connection at once. */
const ACCEPT_LIMIT_MS = 1_000;

/** A port that nothing listens on now. Another process may take it at any time. */
export function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, host, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

export function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: ACCEPT_LIMIT_MS });
    const finish = (isAccepted: boolean): void => {
      socket.destroy();
      resolve(isAccepted);
    };
    socket.once('connect', () => finish(true));
    socket.once('timeout', () => finish(false));
    socket.once('error', () => finish(false));
  });
}
