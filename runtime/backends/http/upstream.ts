// One server elsewhere as HTTP reaches it: what is sent in every request, and what its statuses
// mean. Nothing of a caller's request is copied, and no header of an answer leaves this room.

import type { Dispatcher } from 'undici';
import { bounded, describeError } from '../../exchange/bounded-text.ts';
import type { JsonObject } from '../../exchange/exchange.ts';
import { HostError } from '../../exchange/refusals.ts';
import type { Circuit } from '../circuit.ts';
import { ConnectFailure, type Connections, ForbiddenAddress } from './dispatcher.ts';

/** Longest time that a caller is asked to wait because the server says so, seconds. */
const MAX_RETRY_SECONDS = 60;
/** Of a body that no one reads. */
const MAX_UNREAD_BYTES = 65_536;
const UNREAD_LIMIT_MS = 1_000;
const MAX_DETAIL_LENGTH = 256;

/** The listener for unusual events of the connection. */
export interface UpstreamLog {
  warn(message: string): void;
  debug(message: string): void;
}

export interface UpstreamOptions {
  readonly url: URL;
  /** Of the entry: they may hold secrets. */
  readonly headers: Readonly<Record<string, string>>;
  /** Gets a token for the `Authorization` header, where this host signs in as itself. */
  readonly token?: (() => Promise<string>) | undefined;
  readonly connections: Connections;
  readonly circuit: Circuit;
  /** Whether the host's own requests fail, too. Never rejects. */
  readonly isBroken: () => Promise<boolean>;
  readonly maxResultBytes: number;
  readonly log: UpstreamLog;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Dispatcher.ResponseData['body'];
}

export class Upstream {
  readonly #options: UpstreamOptions;

  constructor(options: UpstreamOptions) {
    this.#options = options;
  }

  get maxResultBytes(): number {
    return this.#options.maxResultBytes;
  }

  get log(): UpstreamLog {
    return this.#options.log;
  }

  /** Sends one message. @throws HostError. @param signal ends it at any time. */
  post(
    message: JsonObject,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Reply> {
    return this.#request('POST', headers, signal, JSON.stringify(message));
  }

  /** Opens the stream of what belongs to no request. @throws HostError. */
  get(headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Reply> {
    return this.#request('GET', headers, signal);
  }

  /** Ends a session. @throws HostError. */
  async delete(headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void> {
    discard(await this.#request('DELETE', headers, signal));
  }

  async #request(
    method: 'POST' | 'GET' | 'DELETE',
    own: Readonly<Record<string, string>>,
    signal: AbortSignal,
    body?: string,
  ): Promise<Reply> {
    const { url, connections } = this.#options;
    const headers = {
      ...this.#options.headers,
      ...(await this.#authorization()),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      accept: method === 'GET' ? 'text/event-stream' : 'application/json, text/event-stream',
      ...own,
    };
    const path = `${url.pathname}${url.search}`;
    try {
      const { statusCode, ...answer } = await connections.request({
        method,
        path,
        headers,
        body: body ?? null,
        signal,
      });
      this.#count(statusCode, answer.headers);
      return review({ status: statusCode, ...answer });
    } catch (error) {
      throw this.#failure(error, signal);
    }
  }

  /** Statuses of a server that is overwhelmed or broken, for any caller. */
  #count(status: number, headers: Reply['headers']): void {
    const { circuit, isBroken } = this.#options;
    if (status < 500 && status !== 429) {
      circuit.succeeded();
      return;
    }
    const seconds = retryAfterOf(headers);
    circuit.failed({ isBroken, ...(seconds && { pauseMs: seconds * 1_000 }) });
  }

  async #authorization(): Promise<Record<string, string>> {
    const { token } = this.#options;
    if (!token) return {};
    try {
      return { authorization: `Bearer ${await token()}` };
    } catch (cause) {
      const detail = `This host could not get a token for the app's managed identity: ${describeError(cause)}`;
      throw new HostError('upstream-token', { cause, detail });
    }
  }

  #failure(error: unknown, signal: AbortSignal): unknown {
    if (error instanceof HostError || signal.aborted) return error;
    const detail = bounded(describeError(error), MAX_DETAIL_LENGTH) ?? '';
    if (error instanceof ConnectFailure || error instanceof ForbiddenAddress) {
      this.#options.circuit.failed();
      return new HostError('unavailable', { retryAfterSeconds: 1, detail, cause: error });
    }
    return new HostError('upstream-cut', { detail, cause: error });
  }
}

/** @throws HostError for a status that means the same in both eras. */
function review(reply: Reply): Reply {
  const { status, headers } = reply;
  const refusal = refusalOf(status, headers);
  if (!refusal) return reply;
  discard(reply);
  throw refusal;
}

function refusalOf(status: number, headers: Reply['headers']): HostError | undefined {
  const detail = `The server answered ${status}.`;
  if (status >= 300 && status < 400) {
    return new HostError('upstream-redirect', { detail });
  }
  if (status === 401 || status === 403) {
    return new HostError('upstream-auth', { detail });
  }
  if (status === 429 || status === 503) {
    const retryAfterSeconds = retryAfterOf(headers);
    return new HostError('upstream-busy', {
      detail,
      ...(retryAfterSeconds && { retryAfterSeconds }),
    });
  }
  return undefined;
}

/** @returns undefined where the server names no time, or not in seconds. */
function retryAfterOf(headers: Reply['headers']): number | undefined {
  const seconds = Number(headers['retry-after']);
  return seconds > 0 ? Math.min(Math.ceil(seconds), MAX_RETRY_SECONDS) : undefined;
}

/** Reads what no one needs, within limits, so that the connection can be used again. */
export function discard({ body }: Reply): void {
  const timer = setTimeout(() => body.destroy(), UNREAD_LIMIT_MS).unref();
  body.once('close', () => clearTimeout(timer));
  body.dump({ limit: MAX_UNREAD_BYTES }).catch(() => {});
}
