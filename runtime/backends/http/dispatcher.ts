// The connections to one remote server. Each address is checked before anything is sent to it.

import dns, { type LookupAddress, type LookupOptions } from 'node:dns';
import { buildConnector, type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import { isForbiddenAddress, isForbiddenHost } from '../../../config/forbidden-address.ts';

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
   * @throws ConnectFailure or ForbiddenAddress when nothing was sent; else what undici throws.
   */
  async request(
    options: Pick<Dispatcher.RequestOptions, 'method' | 'path' | 'headers' | 'body' | 'signal'>,
  ): Promise<Dispatcher.ResponseData> {
    const reset = this.#inFlight >= KEPT_CONNECTIONS;
    this.#inFlight += 1;
    const leave = (): void => {
      this.#inFlight -= 1;
    };
    try {
      const origin = this.#origin;
      const response = await this.#dispatcher.request({ ...options, origin, reset });
      response.body.once('close', leave);
      // A body that is given up gets an error, whether or not anyone reads it.
      response.body.on('error', () => {});
      return response;
    } catch (error) {
      leave();
      const isGivenUp = (options.signal as AbortSignal | undefined)?.aborted === true;
      throw !isGivenUp && isConnectError(error) ? new ConnectFailure(error) : error;
    }
  }

  /** Ends what is still under way. */
  close(): Promise<void> {
    return this.#dispatcher.destroy();
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
