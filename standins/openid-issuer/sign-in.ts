// What an authorization server does between a client's request and its token: clients, codes and
// PKCE, without people.

import { createHash, randomUUID } from 'node:crypto';

interface Client {
  readonly client_id: string;
  readonly redirect_uris: readonly string[];
}

/** What a client asked for at the authorization endpoint. */
export interface Grant {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly resource: string | undefined;
}

interface OpenCode extends Grant {
  readonly challenge: string;
}

/** An OAuth error; some are told to the client by redirect, some by a page. */
export class OAuthFault extends Error {
  readonly error: string;
  readonly redirectUri: string | undefined;
  /** Entra's number for it. */
  readonly code: number | undefined;

  constructor(error: string, description: string, redirectUri?: string, code?: number) {
    super(description);
    this.error = error;
    this.redirectUri = redirectUri;
    this.code = code;
  }
}

/** What an issuer looks at; each throws OAuthFault for a request that it refuses. */
export interface Checks {
  /** Whether a client may send the browser back there; absent: registered clients may. */
  identify?(clientId: string, redirectUri: string): void;
  authorize(grant: Grant, prompt: string | null): void;
  /** @param origin the `Origin` header, which only browsers send. */
  exchange(grant: Grant, form: URLSearchParams, origin: string | undefined): void;
  /** @returns what the new token is for. */
  refresh(grant: Grant, form: URLSearchParams): Grant;
}

export class SignIn {
  readonly #clients = new Map<string, Client>();
  readonly #codes = new Map<string, OpenCode>();
  readonly #refreshTokens = new Map<string, Grant>();
  readonly #checks: Checks;

  constructor(checks: Checks) {
    this.#checks = checks;
  }

  /** Dynamic client registration (RFC 7591). */
  register(metadata: Record<string, unknown>): object {
    const client_id = randomUUID();
    const redirect_uris = metadata.redirect_uris as string[];
    this.#clients.set(client_id, { client_id, redirect_uris });
    return { ...metadata, client_id, token_endpoint_auth_method: 'none' };
  }

  /** @throws OAuthFault. @returns where the browser goes next. */
  authorize(query: URLSearchParams): URL {
    const clientId = query.get('client_id') ?? '';
    const redirectUri = query.get('redirect_uri') ?? '';
    if (this.#checks.identify) this.#checks.identify(clientId, redirectUri);
    else this.#identify(clientId, redirectUri);
    const challenge = query.get('code_challenge');
    if (!challenge || query.get('code_challenge_method') !== 'S256') {
      throw new OAuthFault('invalid_request', 'PKCE with S256 is needed', redirectUri);
    }
    const scopes = (query.get('scope') ?? '').split(' ').filter(Boolean);
    const resource = query.get('resource') ?? undefined;
    const grant = { clientId, redirectUri, scopes, resource };
    this.#checks.authorize(grant, query.get('prompt'));
    const code = randomUUID();
    this.#codes.set(code, { ...grant, challenge });
    const next = new URL(redirectUri);
    next.searchParams.set('code', code);
    return next;
  }

  /** @throws OAuthFault. @returns what the token is for; a code is good once. */
  redeem(form: URLSearchParams, origin: string | undefined): Grant {
    const refreshed = this.#refreshTokens.get(form.get('refresh_token') ?? '');
    if (form.get('grant_type') === 'refresh_token' && refreshed) {
      return this.#checks.refresh(refreshed, form);
    }
    const code = form.get('code') ?? '';
    const open = this.#codes.get(code);
    this.#codes.delete(code);
    const digest = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const isGood =
      open?.challenge === digest &&
      open.clientId === form.get('client_id') &&
      open.redirectUri === form.get('redirect_uri');
    if (!open || !isGood) throw new OAuthFault('invalid_grant', 'the code is not good');
    this.#checks.exchange(open, form, origin);
    return open;
  }

  #identify(clientId: string, redirectUri: string): void {
    const client = this.#clients.get(clientId);
    if (!client) throw new OAuthFault('unauthorized_client', 'unknown client');
    if (!client.redirect_uris.includes(redirectUri)) {
      throw new OAuthFault('invalid_request', 'unknown redirect_uri');
    }
  }

  refreshTokenFor(grant: Grant): string {
    const token = randomUUID();
    this.#refreshTokens.set(token, grant);
    return token;
  }
}
