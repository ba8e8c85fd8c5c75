// A person with an official client: the client's own OAuth flow runs, and the person signs in at
// the issuer.

import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { onTestFinished } from 'vitest';

/** Where the browser would come back to; nothing listens there. */
const REDIRECT_URI = 'http://localhost:33418/callback';

export const OAUTH_CLIENTS = ['SDK v1', 'SDK v2 legacy', 'SDK v2 modern'] as const;
export type OAuthClientKind = (typeof OAUTH_CLIENTS)[number];

/** SDK v2 asks for offline_access where an issuer lists it, and for consent with it. */
export const asksForOfflineAccess = (kind: OAuthClientKind): boolean => kind !== 'SDK v1';

export interface OAuthClientOptions {
  /** What an administrator of the issuer gave out; without it the client registers itself. */
  readonly registration?: { readonly client_id: string; readonly issuer: string };
  /** The client leaves RFC 8707's `resource` out, as some can be told to. */
  readonly omitResource?: boolean;
}

/** What a client keeps between the steps of a sign-in; both SDKs ask for the same members. */
class Keychain {
  readonly redirectUrl = REDIRECT_URI;
  /**
   * With refresh tokens, as clients that people use: then SDK v2 asks for offline_access where it
   * is listed.
   */
  readonly clientMetadata = {
    client_name: 'test',
    redirect_uris: [REDIRECT_URI],
    grant_types: ['authorization_code', 'refresh_token'],
  };
  readonly validateResourceURL?: () => Promise<undefined>;
  /** Where the client sent the browser. */
  authorizationUrl: URL | undefined;
  #information: unknown;
  #tokens: unknown;
  #verifier = '';
  #discovery: unknown;

  constructor({ registration, omitResource }: OAuthClientOptions) {
    this.#information = registration;
    if (omitResource) this.validateResourceURL = async () => undefined;
  }

  state = (): string => 'state-of-the-client';
  clientInformation = (): unknown => this.#information;
  saveClientInformation = (information: unknown): void => {
    this.#information = information;
  };
  tokens = (): unknown => this.#tokens;
  saveTokens = (tokens: unknown): void => {
    this.#tokens = tokens;
  };
  redirectToAuthorization = (url: URL): void => {
    this.authorizationUrl = url;
  };
  codeVerifier = (): string => this.#verifier;
  saveCodeVerifier = (verifier: string): void => {
    this.#verifier = verifier;
  };
  discoveryState = (): unknown => this.#discovery;
  saveDiscoveryState = (state: unknown): void => {
    this.#discovery = state;
  };
}

interface Attempt {
  readonly client: { callTool(params: object): Promise<unknown>; close(): Promise<void> };
  connect(): Promise<void>;
  finish(code: string, iss: string | null): Promise<void>;
}

function attempt(kind: OAuthClientKind, url: URL, keychain: Keychain): Attempt {
  const authProvider = keychain as never;
  const info = { name: 'test', version: '1.0.0' };
  if (kind === 'SDK v1') {
    const client = new ClientV1(info);
    const transport = new TransportV1(url, { authProvider });
    return {
      client: client as unknown as Attempt['client'],
      connect: () => client.connect(transport as never),
      finish: (code) => transport.finishAuth(code),
    };
  }
  const mode = kind === 'SDK v2 legacy' ? 'legacy' : { pin: '2026-07-28' };
  const client = new ClientV2(info, { versionNegotiation: { mode } });
  const transport = new TransportV2(url, { authProvider });
  return {
    client: client as unknown as Attempt['client'],
    connect: () => client.connect(transport),
    finish: (code, iss) => transport.finishAuth(code, iss ?? undefined),
  };
}

/** A client that has signed in. */
export interface SignedIn {
  /** Text of the tool's result. */
  callTool(name: string, args?: object): Promise<string>;
  /** What the client sent the person to. */
  readonly authorizationUrl: URL;
}

/**
 * Connects without a token, signs in where the client says, and connects again.
 * @throws what the client throws, or the issuer's refusal.
 */
export async function signIn(
  kind: OAuthClientKind,
  url: string,
  options: OAuthClientOptions = {},
): Promise<SignedIn> {
  const keychain = new Keychain(options);
  const first = attempt(kind, new URL(url), keychain);
  const refusal = await first.connect().then(
    () => new Error('connected without a token'),
    (error: Error) => error,
  );
  const { authorizationUrl } = keychain;
  if (!authorizationUrl) throw refusal;
  const { code, iss } = await visit(authorizationUrl);
  await first.finish(code, iss);
  const second = attempt(kind, new URL(url), keychain);
  await second.connect();
  onTestFinished(() => second.client.close());
  return {
    authorizationUrl,
    async callTool(name, args = {}) {
      const result = await second.client.callTool({ name, arguments: args });
      return (result as { content: { text: string }[] }).content[0]?.text ?? '';
    },
  };
}

/** What a browser does. @throws what the page or the redirect says went wrong. */
async function visit(authorizationUrl: URL): Promise<{ code: string; iss: string | null }> {
  const answer = await fetch(authorizationUrl, { redirect: 'manual' });
  const location = answer.headers.get('location');
  if (!location) throw new Error(await answer.text());
  const { searchParams } = new URL(location);
  const code = searchParams.get('code');
  if (!code) throw new Error(searchParams.get('error_description') ?? 'no code');
  return { code, iss: searchParams.get('iss') };
}
