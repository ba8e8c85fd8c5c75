// Who calls: what a server may know of the request, and the key that the caller's rate limit counts
// by.

import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Environment } from '../../config/env.ts';
import { isHidden } from '../../config/hidden-headers.ts';
import type { ServerConfig } from '../../config/schema.ts';
import type { VerifiedCaller } from '../authorization/bearer-token.ts';
import type { AuthInfo, Caller } from '../exchange/exchange.ts';
import { visibleQuery, withoutKeys } from './query.ts';

/** The caller of one HTTP request; what few servers ask for is made when it is first asked for. */
export class HttpCaller implements Caller {
  readonly #request: CallerRequest;
  readonly #server: ServerConfig;
  readonly #environment: Environment;
  #subject: string | undefined;
  #visible: Readonly<Record<string, string>> | undefined;

  constructor(request: CallerRequest, server: ServerConfig, environment: Environment) {
    // A handler that never ends keeps its caller, but not the request.
    const { headers, url, query, verified } = request;
    this.#request = { headers, url, query, verified };
    this.#server = server;
    this.#environment = environment;
  }

  get path(): string {
    return this.#server.path;
  }

  get query(): string {
    return visibleQuery(this.#request.url);
  }

  get subject(): string {
    this.#subject ??= callerKey(this.#request, this.#server, this.#environment);
    return this.#subject;
  }

  /** Who it is, for records; undefined where nothing tells callers apart. */
  get identity(): string | undefined {
    const { verified } = this.#request;
    if (verified) return verified.identity;
    return this.subject === SHARED_BUCKET ? undefined : this.subject;
  }

  get isPerson(): boolean {
    return this.#request.verified?.isPerson ?? false;
  }

  get isVerified(): boolean {
    return (
      this.#request.verified !== undefined ||
      principalOf(this.#request, this.#environment) !== undefined
    );
  }

  get authInfo(): AuthInfo | undefined {
    return this.#request.verified?.authInfo;
  }

  get headers(): Readonly<Record<string, string>> {
    this.#visible ??= visibleHeaders(this.#request.headers, this.#server.passHeaders);
    return this.#visible;
  }
}

/** One bucket for all callers of a server: the only honest choice when nothing tells them apart. */
const SHARED_BUCKET = 'everybody';

/** Begins the identity of a caller that is known by a key alone. */
export const KEY_PREFIX = 'key ';

/** What of a request identifies its caller. */
export interface CallerRequest {
  readonly headers: IncomingHttpHeaders;
  /** Path and query as they came. */
  readonly url: string;
  readonly query: unknown;
  /** Present where a token was asked for. */
  readonly verified?: VerifiedCaller | undefined;
}

/**
 * Never by address: behind the Functions host every peer is the same, and forwarded addresses can
 * be forged.
 * @returns a key that tells callers of `server` apart only by what was verified, here or in front
 * of this process.
 */
export function callerKey(
  request: CallerRequest,
  server: ServerConfig,
  environment: Environment,
): string {
  if (request.verified) return request.verified.subject;
  const principal = principalOf(request, environment);
  if (principal !== undefined) return `principal ${principal}`;
  if (server.auth !== 'function' || !environment.behindFunctionsHost) return SHARED_BUCKET;
  const key = checkedKey(request);
  // Once a key was right, the Functions host takes it in any letter case: one caller has many
  // spellings of one key.
  return key === undefined
    ? SHARED_BUCKET
    : `${KEY_PREFIX}${createHash('sha256').update(key.toLowerCase()).digest('base64url')}`;
}

/** Without EasyAuth in front, anybody can send this header. */
function principalOf(
  { headers }: CallerRequest,
  { easyAuthEnabled }: Environment,
): string | undefined {
  const principal = headers['x-ms-client-principal-id'];
  return easyAuthEnabled && typeof principal === 'string' ? principal : undefined;
}

/**
 * The one key that the Functions host has checked: the first of the header, which it joins with
 * commas, else the first `code` of the query, whose names know no case there
 * (Azure/azure-functions-host, AuthenticationLevelHandler.cs). What follows it is free text, with
 * which one caller could pass for many.
 */
function checkedKey({ headers, query }: CallerRequest): string | undefined {
  const header = headers['x-functions-key'];
  if (typeof header === 'string') return header.split(',', 1)[0];
  const values = Object.entries(query as Record<string, string | readonly string[]>);
  const code = values.find(([name]) => name.toLowerCase() === 'code')?.[1];
  return typeof code === 'string' ? code : code?.[0];
}

function visibleHeaders(
  headers: IncomingHttpHeaders,
  passed: readonly string[] | undefined,
): Readonly<Record<string, string>> {
  const visible: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || isHidden(name, passed)) continue;
    visible[name] = withoutKeys(Array.isArray(value) ? value.join(', ') : value);
  }
  return Object.freeze(visible);
}
