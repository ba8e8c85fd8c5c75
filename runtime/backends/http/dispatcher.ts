// The connections to one remote server. Each address is checked before anything is sent to it.

import dns, { type LookupAddress, type LookupOptions } from 'node:dns';
import { buildConnector, type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import { isForbiddenAddress, isForbiddenHost } from '../../../config/forbidden-address.ts';
import type { Waiting } from '../internal-exchange.ts';
import { Reply, type ReplyHeaders } from './reply.ts';

/** Further connections are closed after their request. */
const KEPT_CONNECTIONS = 32;
const CONNECT_TIMEOUT_MS = 2_000;

/** Proxies by the scheme of the address; an empty text is none. */
export interface ProxySettings {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

export interface DispatcherOptions {
  readonly origin: string;
  /** Present when a proxy may be between: it looks names up itself. */
  readonly proxy?: ProxySettings | undefined;
}

export type RequestParts = Pick<Dispatcher.DispatchOptions, 'method' | 'path' | 'headers' | 'body'>;

/** The connection was refused before anything was sent. */
export class ForbiddenAddress extends Error {
  override readonly name = 'ForbiddenAddress';
  constructor(host: string) {
    super(`${host} is, or resolves to, the address of a cloud platform's metadata service.`);
  }
}

/** There is no connection, so nothing was sent. */
export class ConnectFailure extends Error {
  override readonly name = 'ConnectFailure';
  constructor(cause: Error) {
    const { code = cause.name } = cause as NodeJS.ErrnoException;
    const { message } = cause;
    super(`no connection: ${message.includes(code) ? message : `${code}: ${message}`}`, { cause });
  }
}

export class Connections {
  readonly #dispatcher: Dispatcher;
  readonly #origin: string;
  #inFlight = 0;

  constructor({ origin, proxy }: DispatcherOptions) {
    this.#origin = origin;
    const connect = checkedConnector();
    // Whoever waits for an answer has a limit of its own: a call its deadline.
    const options = { connect, bodyTimeout: 0, headersTimeout: 0 };
    this.#dispatcher = proxy
      ? new EnvHttpProxyAgent({ ...options, ...proxy })
      : new Pool(origin, { ...options, connections: null });
  }

  /**
   * Redirects are not followed.
   * @param waiting ends the request at any time, and the body of its answer.
   * @throws ConnectFailure or ForbiddenAddress when nothing was sent; else what undici throws.
   */
  request(request: RequestParts, waiting: Waiting): Promise<Reply> {
    waiting.throwIfEnded();
    const reset = this.#inFlight >= KEPT_CONNECTIONS;
    this.#inFlight += 1;
    return new Promise((resolve, reject) => {
      const sent = new SentRequest(resolve, reject, () => {
        this.#inFlight -= 1;
      });
      waiting.onAbort(() => sent.giveUp());
      this.#dispatcher.dispatch({ ...request, origin: this.#origin, reset }, sent);
    });
  }

  /** Ends what is still under way. */
  close(): Promise<void> {
    return this.#dispatcher.destroy();
  }
}

/** One request, as undici reports it. Without the stream that `request` would make: performance.md. */
class SentRequest implements Dispatcher.DispatchHandler {
  readonly #resolve: (reply: Reply) => void;
  readonly #reject: (error: Error) => void;
  readonly #onOver: () => void;
  #controller: Dispatcher.DispatchController | undefined;
  #reply: Reply | undefined;
  #givenUp: Error | undefined;

  constructor(resolve: (reply: Reply) => void, reject: (error: Error) => void, onOver: () => void) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#onOver = onOver;
  }

  /** Also while there is no connection yet. Without effect once the answer has arrived whole. */
  giveUp(): void {
    if (this.#reply?.isOver) return;
    this.#givenUp = new Error('The caller no longer waits.');
    this.#reject(this.#givenUp);
    this.#controller?.abort(this.#givenUp);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#givenUp) controller.abort(this.#givenUp);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: ReplyHeaders,
  ): void {
    // An interim response (RFC 9110, section 15.2).
    if (status < 200) return;
    this.#reply = new Reply(status, headers, (error) => controller.abort(error));
    this.#resolve(this.#reply);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#reply?.arrived(chunk);
  }

  onResponseEnd(): void {
    this.#onOver();
    this.#reply?.over();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#onOver();
    this.#reply?.over(error);
    this.#reject(!this.#givenUp && isConnectError(error) ? new ConnectFailure(error) : error);
  }
}

function checkedConnector(): buildConnector.connector {
  const connect = buildConnector({
    timeout: CONNECT_TIMEOUT_MS,
    allowH2: false,
    // Node passes it to `net.connect`; undici's type does not list it.
    ...{ lookup: checkedLookup },
  });
  return (options, callback) => {
    // Node looks no literal address up.
    if (isForbiddenHost(options.hostname)) {
      callback(new ForbiddenAddress(options.hostname), null);
      return;
    }
    connect(options, (...[error, socket]) => {
      if (!error) callback(null, socket);
      else callback(error instanceof ForbiddenAddress ? error : new ConnectFailure(error), null);
    });
  };
}

/** One forbidden address among several refuses the name: whoever controls it chose that address. */
function checkedLookup(
  hostname: string,
  options: LookupOptions,
  callback: (error: Error | null, address: string | LookupAddress[], family?: number) => void,
): void {
  dns.lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? [];
    if (error || !first) {
      callback(error ?? new Error(`${hostname} has no address.`), []);
    } else if (addresses.some(({ address }) => isForbiddenAddress(address))) {
      callback(new ForbiddenAddress(hostname), []);
    } else if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
}

const CONNECT_CODES: ReadonlySet<unknown> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  // By no one here: a proxy has refused to connect.
  'UND_ERR_ABORTED',
]);

/** Of a connection through a proxy; a direct one fails as {@link ConnectFailure} itself. */
function isConnectError(error: unknown): error is Error {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return syscall === 'connect' || syscall === 'getaddrinfo' || CONNECT_CODES.has(code);
}
