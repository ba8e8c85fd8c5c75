// The public socket of the stand-in: accepts, counts what is in flight, closes.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { answerEmpty } from './relay-response.ts';

type Receive = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Listens on 127.0.0.1 only. */
export class Listener {
  readonly #server: Server;
  readonly #inFlight = new Set<ServerResponse>();
  #closing = false;

  constructor(receive: Receive) {
    // Kestrel has no limit for a whole request. Its keep-alive limit of 130 s is left out: Node
    // would announce one in every answer. The size of a head is counted elsewhere, so that each
    // excess has its own answer.
    const options = {
      keepAliveTimeout: 0,
      requestTimeout: 0,
      requireHostHeader: false,
      maxHeaderSize: 131_072,
    };
    this.#server = createServer(options, (request, response) => {
      if (this.#closing) return answerEmpty(response, 503, 'close');
      this.#inFlight.add(response);
      response.once('close', () => this.#inFlight.delete(response));
      void receive(request, response);
    });
    // CONNECT is not supported by the proxy (measured).
    this.#server.on('connect', ({ url, headers }, socket) => {
      const status = headers.host === url ? '500 Internal Server Error' : '400 Bad Request';
      socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    });
  }

  /** @returns The port that was bound. */
  async listen(port: number): Promise<number> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  /** Accepts nothing more; resolves when nothing is in flight, at the latest after `limitMs`. */
  async drain(limitMs: number): Promise<void> {
    this.#closing = true;
    this.#server.close();
    const ended = [...this.#inFlight].map((response) => once(response, 'close'));
    await Promise.race([Promise.all(ended), pause(limitMs, undefined, { ref: false })]);
  }

  /** Cuts every connection. */
  cut(): void {
    this.#closing = true;
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
