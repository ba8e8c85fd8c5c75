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
    message: 'Invalid request: no answer is awaited from this client.',
  },
  'too-complex': {
    status: 400,
    code: ERROR_CODES.invalidRequest,
    message: 'Invalid request: more elements or levels of nesting than this server accepts.',
  },
  'forbidden-key': {
    status: 400,
    code: ERROR_CODES.invalidRequest,
    message:
      'Invalid request: a key of the body is __proto__, or constructor with prototype in it.',
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
      'Invalid params: 2026-07-28 needs a well-formed params._meta with io.modelcontextprotocol/protocolVersion and io.modelcontextprotocol/clientCapabilities.',
  },
  'header-mismatch': {
    status: 400,
    code: ERROR_CODES.headerMismatch,
    message: 'Header mismatch: the MCP headers are missing or differ from the body.',
  },
  'unsupported-modern-version': {
    status: 400,
    code: ERROR_CODES.unsupportedVersion,
    message: 'Unsupported protocol version; see data.supported.',
  },
  'unknown-method': {
    status: 404,
    code: ERROR_CODES.methodNotFound,
    message: 'Method not found: it is unknown in 2026-07-28, or the server does not offer it.',
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
    // In band: a 400 that is no error of 2026-07-28 would send a client of both eras back to
    // `initialize`.
    status: 200,
    code: ERROR_CODES.invalidParams,
    message:
      'Invalid params: the requestState is unknown, was used, or belongs to another request.',
  },
  'token-required': { status: 401, message: 'This server needs a bearer token.' },
  'invalid-token': {
    status: 401,
    message: 'The bearer token is malformed, expired, or not issued for this server.',
  },
  'insufficient-scope': {
    status: 403,
    message: 'The bearer token lacks a scope that is needed here.',
  },
  'bad-headers': { status: 400, message: 'The request has malformed or repeated headers.' },
  'missing-header': {
    status: 400,
    code: ERROR_CODES.invalidRequest,
    message: 'Bad request: this server needs a request header that is missing.',
  },
  'forbidden-host': { status: 403, message: 'This Host is not served here.' },
  'forbidden-origin': { status: 403, message: 'This Origin may not call this server.' },
  'not-found': { status: 404, message: 'There is no MCP server at this path.' },
  'method-not-allowed': { status: 405, message: 'The method is not served at this path.' },
  'not-acceptable': {
    status: 406,
    message: 'The client accepts neither application/json nor text/event-stream.',
  },
  'needs-event-stream': {
    status: 406,
    message: 'This request is answered by text/event-stream, which the client does not accept.',
  },
  'request-timeout': { status: 408, message: 'The request did not arrive in time.' },
  'body-too-large': { status: 413, message: 'The body is larger than this server accepts.' },
  'path-too-long': { status: 414, message: 'The path is too long.' },
  'unsupported-media-type': {
    status: 415,
    message: 'The body must be application/json in UTF-8 without content encoding.',
  },
  misdirected: { status: 421, message: 'The request names a host that is not served here.' },
  'rate-limited': { status: 429, message: 'Too many requests; try again later.' },
  'headers-too-large': { status: 431, message: 'The headers are too large or too many.' },
  'server-failed': { status: 500, message: 'The server failed before it could answer.' },
  internal: { status: 500, message: 'Internal error.' },
  'invalid-result': {
    status: 500,
    message: 'The server returned a result that is not valid JSON.',
  },
  'task-result': {
    status: 500,
    message: 'The server answered with a task, and this host does not offer tasks.',
  },
  'server-exited': {
    status: 502,
    message: 'The server ended before it answered; it may have done what was asked.',
  },
  'result-too-large': { status: 500, message: 'The result is larger than this host passes on.' },
  'issuer-unavailable': {
    status: 503,
    message: 'Tokens cannot be checked at the moment: their issuer does not answer; try again.',
    retryAfterSeconds: 5,
  },
  'server-blocked': {
    status: 502,
    message:
      'The server computed for too long without a pause and was ended; it starts again with the next request.',
  },
  'server-out-of-memory': {
    status: 502,
    message:
      'The server needed more memory than it may have and was ended; it starts again with the next request.',
  },
  overloaded: {
    status: 503,
    message: 'The server is at its limit of requests or of memory; try again.',
    retryAfterSeconds: 1,
  },
  blocked: {
    status: 503,
    message:
      'This request has repeatedly made the host stand still, so it is refused for a while; other requests of the server are answered.',
  },
  draining: {
    status: 503,
    message: 'The host is shutting down; try again.',
    retryAfterSeconds: 1,
  },
  shutdown: {
    status: 503,
    message: 'The host shut down before the server answered; try again.',
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
      'The connection to the server ended before its answer was complete; it may have done what was asked.',
  },
  'upstream-invalid': {
    status: 502,
    message: 'The server answered with something that is not an MCP answer to this request.',
  },
  'upstream-busy': {
    status: 503,
    message: 'The server takes no more requests at the moment; try again.',
    retryAfterSeconds: 1,
  },
  'upstream-token': {
    status: 503,
    message: 'This host cannot get a token for the server at the moment; try again.',
    retryAfterSeconds: 5,
  },
  'upstream-timeout': { status: 504, message: 'The server did not begin its answer in time.' },
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
  /** For the log only: what the client is not told. */
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
