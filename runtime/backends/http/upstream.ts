// One server elsewhere as HTTP reaches it: what is sent in every request, and what its statuses
// mean. Nothing of a caller's request is copied, and no header of an answer leaves this room.

import { bounded, describeError } from '../../exchange/bounded-text.ts';
import type { JsonObject } from '../../exchange/exchange.ts';
import { HostError } from '../../exchange/refusals.ts';
import type { Circuit } from '../circuit.ts';
import type { Waiting } from '../internal-exchange.ts';
import { ConnectFailure, type Connections, ForbiddenAddress } from './dispatcher.ts';
import type { Reply, ReplyHeaders } from './reply.ts';

/** Longest time that a caller is asked to wait because the server says so, seconds. */
const MAX_RETRY_SECONDS = 60;
const MAX_DETAIL_LENGTH = 256;

const ACCEPTED = 'application/json, text/event-stream';

/** MCP 2025-11-25, basic/transports, "Streamable HTTP". */
const METHOD_HEADERS = {
  POST: { 'content-type': 'application/json', accept: ACCEPTED },
  GET: { accept: 'text/event-stream' },
  DELETE: { accept: ACCEPTED },
};

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

  /** Sends one message. @throws HostError. @param waiting ends it at any time. */
  post(
    message: JsonObject,
    headers: Readonly<Record<string, string>>,
    waiting: Waiting,
  ): Promise<Reply> {
    return this.#request('POST', headers, waiting, JSON.stringify(message));
  }

  /** Opens the stream of what belongs to no request. @throws HostError. */
  get(headers: Readonly<Record<string, string>>, waiting: Waiting): Promise<Reply> {
    return this.#request('GET', headers, waiting);
  }

  /** Ends a session. @throws HostError. */
  async delete(headers: Readonly<Record<string, string>>, waiting: Waiting): Promise<void> {
    (await this.#request('DELETE', headers, waiting)).discard();
  }

  async #request(
    method: keyof typeof METHOD_HEADERS,
    own: Readonly<Record<string, string>>,
    waiting: Waiting,
    body?: string,
  ): Promise<Reply> {
    const { url, connections, token } = this.#options;
    const headers = {
      ...this.#options.headers,
      ...METHOD_HEADERS[method],
      ...(token && (await authorizationOf(token))),
      ...own,
    };
    const path = `${url.pathname}${url.search}`;
    try {
      const reply = await connections.request(
        { method, path, headers, body: body ?? null },
        waiting,
      );
      this.#count(reply);
      return review(reply);
    } catch (error) {
      throw this.#failure(error, waiting);
    }
  }

  /** Statuses of a server that is overwhelmed or broken, for any caller. */
  #count({ status, headers }: Reply): void {
    const { circuit, isBroken } = this.#options;
    if (status < 500 && status !== 429) {
      circuit.succeeded();
      return;
    }
    const seconds = retryAfterOf(headers);
    circuit.failed({ isBroken, ...(seconds && { pauseMs: seconds * 1_000 }) });
  }

  #failure(error: unknown, { signal }: Waiting): unknown {
    if (error instanceof HostError || signal.aborted) return error;
    const detail = bounded(describeError(error), MAX_DETAIL_LENGTH) ?? '';
    if (error instanceof ConnectFailure || error instanceof ForbiddenAddress) {
      this.#options.circuit.failed();
      return new HostError('unavailable', { retryAfterSeconds: 1, detail, cause: error });
    }
    return new HostError('upstream-cut', { detail, cause: error });
  }
}

/** @throws HostError. */
async function authorizationOf(token: () => Promise<string>): Promise<Record<string, string>> {
  try {
    return { authorization: `Bearer ${await token()}` };
  } catch (cause) {
    const detail = `This host could not get a token for the app's managed identity: ${describeError(cause)}`;
    throw new HostError('upstream-token', { cause, detail });
  }
}

/** @throws HostError for a status that means the same in both eras. */
function review(reply: Reply): Reply {
  const { status, headers } = reply;
  const refusal = refusalOf(status, headers);
  if (!refusal) return reply;
  reply.discard();
  throw refusal;
}

function refusalOf(status: number, headers: ReplyHeaders): HostError | undefined {
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
function retryAfterOf(headers: ReplyHeaders): number | undefined {
  const seconds = Number(headers['retry-after']);
  return seconds > 0 ? Math.min(Math.ceil(seconds), MAX_RETRY_SECONDS) : undefined;
}
