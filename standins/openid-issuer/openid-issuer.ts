// An OpenID issuer on a loopback port: signs in without people, rotates its keys, goes down and
// comes back.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Mode } from './modes.ts';
import { OAuthFault, SignIn } from './sign-in.ts';
import { type Claims, createSigningKey, type SigningKey } from './signing-keys.ts';

export interface OpenIdIssuer {
  /** Origin of all endpoints. */
  readonly url: string;
  /** `iss` of its tokens. */
  readonly issuer: string;
  /** The key that signs at the moment. */
  readonly key: SigningKey;
  /** Paths that were asked for so far. */
  readonly requests: string[];
  /** A token of this issuer that is good for 10 minutes, unless `claims` say otherwise. */
  token(claims: Claims, key?: SigningKey): Promise<string>;
  /** Leaves no key in the key set. */
  unpublish(): void;
  /** Adds a key to the key set, beside those that are there. */
  publish(key: SigningKey): void;
  /**
   * From now on a new key signs, and the old one is no longer in the key set. @returns the old one.
   */
  rotate(): Promise<SigningKey>;
  /** Changes what the configuration document says. */
  misconfigure(members: object): void;
  /** Nobody listens any more. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  stop(): Promise<void>;
}

export interface IssuerOptions {
  /** Default: true. */
  readonly up?: boolean;
  /** Default: any free one. */
  readonly port?: number;
}

/** Starts an issuer; who starts it stops it. */
export async function openIssuer(
  mode: Mode,
  { up = true, port: wantedPort = 0 }: IssuerOptions = {},
): Promise<OpenIdIssuer> {
  const signIn = new SignIn(mode.checks);
  const requests: string[] = [];
  let key = await createSigningKey('key-1');
  let published = [key];
  let faults: object = {};
  let url = '';
  const issuerOf = (): string => url + mode.paths.issuer;
  const token = (claims: Claims, signer = key): Promise<string> => {
    const now = Math.floor(Date.now() / 1000);
    return signer.sign({ iss: issuerOf(), iat: now, nbf: now, exp: now + 600, ...claims });
  };

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url as string, url);
    requests.push(pathname);
    const { paths } = mode;
    if (paths.configurations.includes(pathname)) return json(response, 200, configuration());
    if (pathname === paths.keys) {
      return json(response, 200, { keys: published.map(({ publicJwk }) => publicJwk) });
    }
    if (pathname === paths.authorize) {
      authorize(searchParams, response);
      return;
    }
    if (pathname === paths.register) {
      return json(response, 201, signIn.register(JSON.parse(await text(request))));
    }
    if (pathname !== paths.token) return json(response, 404, { error: 'not_found' });
    const form = new URLSearchParams(await text(request));
    const grant = mode.grantWithoutUser?.(form) ?? signIn.redeem(form, request.headers.origin);
    return json(response, 200, {
      access_token: await token(mode.claims(grant)),
      ...(mode.givesRefreshToken(grant) && { refresh_token: signIn.refreshTokenFor(grant) }),
      token_type: 'Bearer',
      expires_in: 600,
      scope: grant.scopes.join(' '),
    });
  }

  /**
   * Sends the browser back, with a code or with what is wrong; or shows a page that goes nowhere.
   */
  function authorize(query: URLSearchParams, response: ServerResponse): void {
    const state = query.get('state');
    let next: URL;
    try {
      next = signIn.authorize(query);
      if (mode.namesIssuer) next.searchParams.set('iss', issuerOf());
    } catch (fault) {
      if (!(fault instanceof OAuthFault)) throw fault;
      if (fault.redirectUri === undefined) {
        page(response, fault);
        return;
      }
      next = new URL(fault.redirectUri);
      const { error, error_description, error_uri } = membersOf(fault);
      const members = { error, error_description, ...(error_uri && { error_uri }) };
      for (const [name, value] of Object.entries(members)) next.searchParams.set(name, value);
    }
    if (state) next.searchParams.set('state', state);
    response.writeHead(302, { location: next.href }).end();
  }

  function configuration(): object {
    const { authorize, token: tokenPath, keys, register } = mode.paths;
    return {
      issuer: issuerOf(),
      authorization_endpoint: url + authorize,
      token_endpoint: url + tokenPath,
      jwks_uri: url + keys,
      ...(register !== undefined && { registration_endpoint: url + register }),
      ...mode.metadata,
      ...faults,
    };
  }

  let server = await listen(respond, wantedPort);
  const { port } = server.address() as AddressInfo;
  url = `http://127.0.0.1:${port}`;
  if (!up) await close(server);
  return {
    url,
    issuer: issuerOf(),
    requests,
    token,
    get key() {
      return key;
    },
    publish: (added) => {
      published = [...published, added];
    },
    unpublish: () => {
      published = [];
    },
    async rotate() {
      const old = key;
      key = await createSigningKey(`key-${Number(old.kid.slice(4)) + 1}`);
      published = [key];
      return old;
    },
    misconfigure: (members) => {
      faults = members;
    },
    goDown: () => close(server),
    async comeBack() {
      server = await listen(respond, port);
    },
    stop: () => close(server),
  };
}

async function listen(
  respond: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  port: number,
): Promise<Server> {
  const server = createServer((request, response) => {
    respond(request, response).catch((error) => tellFault(error, response));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
}

function tellFault(fault: unknown, response: ServerResponse): void {
  if (!(fault instanceof OAuthFault)) throw fault;
  json(response, 400, membersOf(fault));
}

/** Of a fault with a number, what Entra says in each answer. */
function membersOf({ error, message, code }: OAuthFault) {
  const own = { error, error_description: message };
  if (code === undefined) return { ...own, error_uri: undefined };
  return {
    ...own,
    error_codes: [code],
    suberror: '',
    timestamp: new Date().toISOString(),
    trace_id: '00000000-0000-0000-0000-00000000000a',
    correlation_id: '00000000-0000-0000-0000-00000000000b',
    error_uri: `https://login.microsoftonline.com/error?code=${code}`,
  };
}

/** The code stands in the script of the page, as Entra writes it. */
function page(response: ServerResponse, { message, code }: OAuthFault): void {
  const config = { sErrorCode: String(code ?? ''), strServiceExceptionMessage: message };
  response
    .writeHead(200, { 'content-type': 'text/html' })
    .end(
      `<!DOCTYPE html><title>Sign in</title><script>$Config=${JSON.stringify(config)};</script>`,
    );
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
