// What an authorization server does between a client's request and its token: clients, codes and PKCE, without people.

import { createHash, randomUUID } from 'node:crypto';

export interface Client {
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

  constructor(error: string, description: string, redirectUri?: string) {
    super(description);
    this.error = error;
    this.redirectUri = redirectUri;
  }
}

export class SignIn {
  readonly clients = new Map<string, Client>();
  readonly #codes = new Map<string, OpenCode>();
  readonly #refreshTokens = new Map<string, Grant>();
  readonly #unknownClient: string;

  /** @param unknownClient how this issuer refuses a client that it does not know. */
  constructor(unknownClient: string) {
    this.#unknownClient = unknownClient;
  }

  /** Dynamic client registration (RFC 7591). */
  register(metadata: Record<string, unknown>): object {
    const client_id = randomUUID();
    const redirect_uris = metadata.redirect_uris as string[];
    this.clients.set(client_id, { client_id, redirect_uris });
    return { ...metadata, client_id, token_endpoint_auth_method: 'none' };
  }

  /** @throws OAuthFault. @returns where the browser goes next. */
  authorize(query: URLSearchParams, issuer: string, check: (grant: Grant) => void): string {
    const clientId = query.get('client_id') ?? '';
    const redirectUri = query.get('redirect_uri') ?? '';
    const client = this.clients.get(clientId);
    if (!client) throw new OAuthFault('unauthorized_client', this.#unknownClient);
    if (!client.redirect_uris.includes(redirectUri)) {
      throw new OAuthFault('invalid_request', 'unknown redirect_uri');
    }
    const challenge = query.get('code_challenge');
    if (!challenge || query.get('code_challenge_method') !== 'S256') {
      throw new OAuthFault('invalid_request', 'PKCE with S256 is needed', redirectUri);
    }
    const scopes = (query.get('scope') ?? '').split(' ').filter(Boolean);
    const resource = query.get('resource') ?? undefined;
    const grant = { clientId, redirectUri, scopes, resource };
    check(grant);
    const code = randomUUID();
    this.#codes.set(code, { ...grant, challenge });
    const next = new URL(redirectUri);
    next.searchParams.set('code', code);
    next.searchParams.set('iss', issuer);
    const state = query.get('state');
    if (state) next.searchParams.set('state', state);
    return next.href;
  }

  /** @throws OAuthFault. @returns what the token is for; a code is good once. */
  redeem(form: URLSearchParams): Grant {
    const refreshed = this.#refreshTokens.get(form.get('refresh_token') ?? '');
    if (form.get('grant_type') === 'refresh_token' && refreshed) return refreshed;
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
    if ((form.get('resource') ?? undefined) !== open.resource) {
      throw new OAuthFault('invalid_target', 'another resource than was authorized');
    }
    return open;
  }

  refreshTokenFor(grant: Grant): string {
    const token = randomUUID();
    this.#refreshTokens.set(token, grant);
    return token;
  }
}
