// Opens the port before the application is loaded, and closes it when no connection waits in its
// backlog. The probe is answered immediately; other requests wait for the application.

import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import { atMost } from '../exchange/at-most.ts';
import {
  clearInterval,
  NativePromise,
  nowMs,
  pause,
  setImmediate,
  setInterval,
  turn,
} from '../exchange/builtins.ts';
import { lingerOnClose } from '../exchange/linger.ts';
import { wantsPage } from '../exchange/page.ts';
import { refusalAnswer } from '../exchange/refusal-answer.ts';
import { HostError } from '../exchange/refusals.ts';
import { isTaken } from './requests-ahead.ts';
import { answerSocketErrors, refuseTunnel } from './socket-answers.ts';
import { SpareConnections } from './spare-connections.ts';

// Before a server can patch them. `close` of HTTP would call that of its base class by its name, and
// closes idle connections too early.
const { close } = NetServer.prototype;
const { closeAllConnections, closeIdleConnections } = Server.prototype;

/** Each may hold its headers and 64 KiB of its body until the application is loaded. */
const MAX_HELD = 512;
/** Longest time in which a backlog that never empties keeps the port open. */
const BACKLOG_LIMIT_MS = 1_000;
const SWEEP_INTERVAL_MS = 20;
/** Time for cut connections to be gone; longer when a server has patched what closes them. */
const CUT_LIMIT_MS = 100;
/** The answer to `GET /`, by which the Functions host knows that the process is there. */
export const ROOT_ANSWER = 'MCP host\n';

/** Longest time in which a request arrives. */
const REQUEST_TIMEOUT_MS = 10_000;
/** Node's limits for slow requests. */
const SERVER_OPTIONS = {
  // What is held has a body that no one reads yet.
  requestTimeout: 0,
  headersTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  // Node's own refusal of a missing Host has no body; the guard's has one.
  requireHostHeader: false,
  // Above 60 s: the Functions host keeps its connections pooled.
  keepAliveTimeout: 72_000,
};

export class Port {
  readonly server: Server;
  readonly #spare: SpareConnections;
  readonly #held = new Map<ServerResponse, IncomingMessage>();
  #handler: RequestListener | undefined;
  #accepted = 0;
  #closed: Promise<void> | undefined;

  constructor() {
    const receive: RequestListener = (request, response) => {
      if (!isTaken(request, response)) return;
      if (this.#handler) this.#handler(request, response);
      else this.#hold(request, response);
    };
    this.server = createServer(SERVER_OPTIONS, receive)
      // An expectation that no one knows may be ignored (RFC 9110, 10.1.1); Node's 417 would have
      // no body.
      .on('checkExpectation', receive)
      .on('connect', refuseTunnel)
      .on('clientError', answerSocketErrors)
      .on('connection', () => {
        this.#accepted += 1;
      })
      // A connection that cannot be accepted for want of a file descriptor: without a listener, the
      // error would end the process. Those of `listen` reject its promise.
      .on('error', () => {});
    this.#spare = new SpareConnections(this.server);
  }

  /** @returns the URL. @throws the error of `listen`, such as EADDRINUSE. */
  listen(host: string, port: number): Promise<string> {
    return new NativePromise((resolve, reject) => {
      this.server.once('error', reject).listen(port, host, () => {
        this.server.off('error', reject);
        resolve(urlOf(this.server.address() as AddressInfo));
      });
    });
  }

  /** Resolves when a request was held, or the probe answered, or after `limitMs`. */
  async firstRequest(limitMs: number): Promise<void> {
    await atMost(limitMs, once(this.server, 'request'));
  }

  /** Hands over what was held, and from now on everything. A second call changes nothing. */
  serve(handler: RequestListener): void {
    this.#handler = handler;
    this.server.requestTimeout = REQUEST_TIMEOUT_MS;
    const held = [...this.#held];
    this.#held.clear();
    for (const [response, request] of held) handler(request, response);
  }

  /**
   * Stops accepting after `acceptForMs`, and then as soon as a turn of the event loop has brought
   * no connection: what waits in the backlog when a port closes is reset.
   */
  async close(acceptForMs: number): Promise<void> {
    if (this.#closed || !this.server.listening) return;
    if (acceptForMs > 0) await pause(acceptForMs);
    const deadline = nowMs() + BACKLOG_LIMIT_MS;
    let accepted: number;
    do {
      accepted = this.#accepted;
      // Node resumes this right after it has looked for connections and for bytes on them.
      await turn();
    } while (accepted !== this.#accepted && nowMs() < deadline);
    this.#closed = new NativePromise((resolve) => {
      close.call(this.server, () => resolve());
    });
  }

  /**
   * After {@link close}: ends idle connections at once and the others when they are answered, or
   * cuts them.
   */
  async endConnections(limitMs: number): Promise<void> {
    if (!this.#closed) return;
    const sweep = setInterval(() => {
      // Later in this turn: bytes that have arrived are read first, so a connection with a request
      // is not idle.
      setImmediate(() => {
        closeIdleConnections.call(this.server);
        this.#spare.close();
      });
    }, SWEEP_INTERVAL_MS);
    await atMost(limitMs, this.#closed);
    closeAllConnections.call(this.server);
    await atMost(CUT_LIMIT_MS, this.#closed);
    clearInterval(sweep);
  }

  #hold(request: IncomingMessage, response: ServerResponse): void {
    const isProbe = request.url === '/' && request.method === 'GET';
    if (isProbe && !wantsPage(request.headers.accept)) {
      response.setHeader('content-type', 'text/plain; charset=utf-8').end(ROOT_ANSWER);
    } else if (this.#held.size < MAX_HELD && !this.#isPipelined(request)) {
      this.#held.set(response, request);
      response.once('close', () => this.#held.delete(response));
    } else {
      lingerOnClose(request);
      const { status, headers, body } = refusalAnswer(new HostError('overloaded'), null);
      response.writeHead(status, headers).end(body);
    }
  }

  /** One connection must not take the places of the others. */
  #isPipelined({ socket }: IncomingMessage): boolean {
    for (const held of this.#held.values()) if (held.socket === socket) return true;
    return false;
  }
}

function urlOf({ address, family, port }: AddressInfo): string {
  if (address === '0.0.0.0') return `http://127.0.0.1:${port}`;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
