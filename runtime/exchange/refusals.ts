// Every error that this host itself answers: reason word, HTTP status, JSON-RPC code and constant
// text, in one table.

import type { JsonRpcError } from './exchange.ts';
import { ERROR_CODES } from './wire-names.ts';

interface Refusal {
  readonly status: number;
  /**
   * -32603 unless JSON-RPC or MCP names a code; then `data.reason` tells host errors apart from a
   * server's own.
   */
  readonly code?: number;
  readonly message: string;
  /** Seconds after which a client may try again (RFC 9110, 10.2.3). */
  readonly retryAfterSeconds?: number;
}

/**
 * Texts are constant, and those that name a rule are made of constant parts: nothing a client sent
 * is repeated (but for the request id). Codes: JSON-RPC 2.0 section 5.1; -32000 for a 2025-era
 * version mismatch, as SDK v1 answers it, so that clients of both eras fall back to `initialize`.
 */
const REFUSALS = {
  'invalid-json': {
    status: 400,
    code: ERROR_CODES.parseError,
    message: 'Parse error: the body is not valid JSON.',
  },
  'invalid-request': {
    status: 400,
    code: ERROR_CODES.invalidRequest,
    message: 'Invalid request: expected one JSON-RPC 2.0 request or notification.',
  },
  batch: {
    status: 400,
    code: ERROR_CODES.invalidRequest,
    message: 'Invalid request: JSON-RPC batches are not accepted; send one message per POST.',
  },
  'unexpected-response': {
    status: 400,
    code: ERROR_CODES.invalidRequest,
    message: 'Invalid request: this server is not waiting for an answer from this client.',
  },
  'too-complex': {
    status: 400,
    code: ERROR_CODES.invalidRequest,
    message:
      'Invalid request: the body has more elements or nested levels than this server accepts.',
  },
  'forbidden-key': {
    status: 400,
    code: ERROR_CODES.invalidRequest,
    message:
      'Invalid request: the body contains the key __proto__, or the key constructor with a prototype in it.',
  },
  'uri-too-long': {
    status: 400,
    code: ERROR_CODES.invalidParams,
    message: 'Invalid params: the URI is longer than 2,048 characters.',
  },
  'unsupported-version': {
    status: 400,
    code: ERROR_CODES.badRequest,
    message: 'Bad request: unsupported protocol version; see data.supported.',
  },
  'missing-envelope': {
    status: 400,
    code: ERROR_CODES.invalidParams,
    message:
      'Invalid params: 2026-07-28 requires a valid params._meta with io.modelcontextprotocol/protocolVersion and io.modelcontextprotocol/clientCapabilities.',
  },
  'header-mismatch': {
    status: 400,
    code: ERROR_CODES.headerMismatch,
    message: 'Header mismatch: the MCP headers are missing or do not match the body.',
  },
  'unsupported-modern-version': {
    status: 400,
    code: ERROR_CODES.unsupportedVersion,
    message: 'Unsupported protocol version; see data.supported.',
  },
  'unknown-method': {
    status: 404,
    code: ERROR_CODES.methodNotFound,
    message:
      'Method not found: 2026-07-28 does not have this method, or the server does not support it.',
  },
  cancelled: {
    // In band: a status of 400 and above makes some clients give up their whole connection.
    status: 200,
    message: 'The client has cancelled this request.',
  },
  'invalid-params': {
    // In band, as the SDKs answer it in both eras.
    status: 200,
    code: ERROR_CODES.invalidParams,
    message: 'Invalid params: a parameter of the request is missing or malformed.',
  },
  'bad-subscription': {
    status: 200,
    code: ERROR_CODES.invalidParams,
    message: 'Invalid params: subscriptions/listen needs params.notifications.',
  },
  'bad-request-state': {
    // In band: a 400 that is not an error of 2026-07-28 would send a client of both eras back to
    // `initialize`.
    status: 200,
    code: ERROR_CODES.invalidParams,
    message:
      'Invalid params: the requestState is unknown, was already used, or belongs to another request.',
  },
  'token-required': { status: 401, message: 'This server requires a bearer token.' },
  'invalid-token': {
    status: 401,
    message: 'The bearer token is malformed, expired, or was not issued for this server.',
  },
  'insufficient-scope': {
    status: 403,
    message: 'The bearer token does not have a scope that this server requires.',
  },
  'bad-headers': { status: 400, message: 'The request has malformed or repeated headers.' },
  'missing-header': {
    status: 400,
    code: ERROR_CODES.invalidRequest,
    message: 'Bad request: a request header that this server requires is missing.',
  },
  'forbidden-host': {
    status: 403,
    message: 'This server does not accept the Host header of this request.',
  },
  'forbidden-origin': { status: 403, message: 'This Origin is not allowed to call this server.' },
  'not-found': { status: 404, message: 'There is no MCP server at this path.' },
  'method-not-allowed': { status: 405, message: 'This path does not support this HTTP method.' },
  'not-acceptable': {
    status: 406,
    message: 'The client accepts neither application/json nor text/event-stream.',
  },
  'needs-event-stream': {
    status: 406,
    message: 'The answer to this request is text/event-stream, which the client does not accept.',
  },
  'request-timeout': { status: 408, message: 'The request did not arrive in time.' },
  'body-too-large': { status: 413, message: 'The body is larger than this server accepts.' },
  'path-too-long': { status: 414, message: 'The path is too long.' },
  'unsupported-media-type': {
    status: 415,
    message: 'The body must be application/json in UTF-8 without content encoding.',
  },
  misdirected: {
    status: 421,
    message: 'The request names a host that this server does not serve.',
  },
  'rate-limited': { status: 429, message: 'Too many requests. Try again later.' },
  'headers-too-large': { status: 431, message: 'The headers are too large or too many.' },
  'server-failed': { status: 500, message: 'The server failed before it could answer.' },
  internal: { status: 500, message: 'Internal error.' },
  'invalid-result': {
    status: 500,
    message: 'The server returned a result that is not valid JSON.',
  },
  'task-result': {
    status: 500,
    message: 'The server answered with a task, but this host does not support tasks.',
  },
  'server-exited': {
    status: 502,
    message: 'The server stopped before it answered. The requested action may have been completed.',
  },
  'result-too-large': { status: 500, message: 'The result is larger than this host allows.' },
  'issuer-unavailable': {
    status: 503,
    message:
      'This host cannot check tokens, because their issuer does not answer. Try again later.',
    retryAfterSeconds: 5,
  },
  'server-blocked': {
    status: 502,
    message:
      'The server was blocked for too long and was stopped. It starts again with the next request.',
  },
  'server-out-of-memory': {
    status: 502,
    message:
      'The server used more memory than allowed and was stopped. It starts again with the next request.',
  },
  overloaded: {
    status: 503,
    message: 'The server has reached its limit of requests or memory. Try again later.',
    retryAfterSeconds: 1,
  },
  blocked: {
    status: 503,
    message:
      'This request has repeatedly blocked the host, so it is refused for a while. Other requests to this server still work.',
  },
  draining: {
    status: 503,
    message: 'The host is shutting down. Try again.',
    retryAfterSeconds: 1,
  },
  shutdown: {
    status: 503,
    message: 'The host shut down before the server answered. Try again.',
    retryAfterSeconds: 1,
  },
  unavailable: {
    status: 503,
    message: 'This server is unavailable. Its operator can find the reason at /readyz.',
  },
  'upstream-redirect': {
    status: 502,
    message: 'The server answered with a redirect, which this host does not follow.',
  },
  'upstream-auth': {
    status: 502,
    message:
      'The server refused the credentials of this host. Its operator can find more in the log.',
  },
  'upstream-cut': {
    status: 502,
    message:
      'The connection to the server ended before its answer was complete. The requested action may have been completed.',
  },
  'upstream-invalid': {
    status: 502,
    message: 'The server did not answer this request with a valid MCP answer.',
  },
  'upstream-busy': {
    status: 503,
    message: 'The server does not accept more requests right now. Try again later.',
    retryAfterSeconds: 1,
  },
  'upstream-token': {
    status: 503,
    message: 'This host cannot get a token for the server right now. Try again later.',
    retryAfterSeconds: 5,
  },
  'upstream-timeout': { status: 504, message: 'The server did not start its answer in time.' },
  deadline: { status: 504, message: 'The server did not answer within its time limit.' },
} as const satisfies Record<string, Refusal>;

/** What befalls a request that was let in. */
const FAILURES: ReadonlySet<string> = new Set([
  'cancelled',
  'server-failed',
  'internal',
  'invalid-result',
  'task-result',
  'server-exited',
  'result-too-large',
  'server-blocked',
  'server-out-of-memory',
  'shutdown',
  'upstream-redirect',
  'upstream-auth',
  'upstream-cut',
  'upstream-invalid',
  'upstream-busy',
  'upstream-token',
  'upstream-timeout',
  'deadline',
] satisfies RefusalReason[]);

/**
 * @returns whether a message that ended with this word was refused, rather than let in and failed.
 */
export function isRefusal(reason: RefusalReason): boolean {
  return !FAILURES.has(reason);
}

/** @returns whether an outcome is the word of an error that is not the caller's (5xx). */
export function isServerError(outcome: string): boolean {
  return Object.hasOwn(REFUSALS, outcome) && REFUSALS[outcome as RefusalReason].status >= 500;
}

/** Fixed words; part of the documented interface (`error.data.reason`). */
export type RefusalReason = keyof typeof REFUSALS;

export interface RefusalOptions {
  /**
   * Replaces the table's text with one that names the rule. Nothing in it comes from the client.
   */
  readonly message?: string;
  /** Further members of `error.data`. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** Overrides the table's `Retry-After`, seconds. */
  readonly retryAfterSeconds?: number;
  /** Further headers of the answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For the log only: what the client does not learn. */
  readonly detail?: string;
  readonly cause?: unknown;
}

/** A request that this host answers itself, with an error. */
export class HostError extends Error {
  override readonly name = 'HostError';
  readonly reason: RefusalReason;
  readonly status: number;
  readonly error: JsonRpcError;
  readonly headers: Readonly<Record<string, string>>;
  readonly detail: string | undefined;

  constructor(reason: RefusalReason, options: RefusalOptions = {}) {
    const refusal: Refusal = REFUSALS[reason];
    const { message = refusal.message } = options;
    super(message, { cause: options.cause });
    this.reason = reason;
    this.status = refusal.status;
    this.error = {
      code: refusal.code ?? ERROR_CODES.internalError,
      message,
      data: { reason, ...options.data },
    };
    const retryAfter = options.retryAfterSeconds ?? refusal.retryAfterSeconds;
    this.headers = {
      ...options.headers,
      ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    };
    this.detail = options.detail;
  }
}
