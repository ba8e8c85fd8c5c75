// Signing in for a token of a server: OAuth's code flow with PKCE, by the SDK, as the app for public
// clients. The token stays in memory.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { auth, type OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js';
import type { OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';
import type { SignIn } from '../../clients/client-entries.ts';
import { isSecure } from '../../config/formats.ts';
import { ExplainedError } from '../explained-error.ts';
import { printable, type Terminal } from '../terminal.ts';

/** A person needs time for a second factor. */
const SIGN_IN_TIMEOUT_MS = 300_000;
const PAGE = 'You are signed in. Close this page and return to the terminal.\n';

export interface SignInRequest {
  readonly name: string;
  readonly url: string;
  readonly signIn: SignIn;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** Shows the address of the sign-in page. */
  readonly openBrowser?: (url: string) => void;
}

/**
 * @returns an access token
 * @throws ExplainedError that says what the issuer said
 */
export async function signInFor(request: SignInRequest): Promise<string> {
  const { name, signal } = request;
  const state = randomBytes(16).toString('hex');
  const limit = AbortSignal.any([signal, AbortSignal.timeout(SIGN_IN_TIMEOUT_MS)]);
  const callback = await openCallback(state, limit);
  try {
    const provider = memoryProvider(request, callback.url, state);
    const scope = request.signIn.scopes.join(' ');
    const options = { serverUrl: request.url, scope };
    await auth(provider, options);
    const authorizationCode = await callback.code;
    await auth(provider, { ...options, authorizationCode });
    const tokens = await provider.tokens();
    if (tokens === undefined) throw new Error('the issuer did not return a token');
    return tokens.access_token;
  } catch (error) {
    signal.throwIfAborted();
    const said = limit.aborted
      ? `no one signed in within ${SIGN_IN_TIMEOUT_MS / 1_000} s`
      : printable((error as Error).message);
    throw new ExplainedError(
      `${name}: sign-in failed: ${said}`,
      'see docs/entra-errors.md for Entra error codes; or use --token-env with a token that you already have',
      { cause: error },
    );
  } finally {
    callback.close();
  }
}

function memoryProvider(
  { url, signIn, terminal, openBrowser = openInBrowser }: SignInRequest,
  redirectUrl: string,
  state: string,
): OAuthClientProvider {
  let tokens: OAuthTokens | undefined;
  let verifier = '';
  return {
    redirectUrl,
    clientMetadata: { redirect_uris: [redirectUrl], client_name: 'mcp-host' },
    state: () => state,
    clientInformation: () => ({ client_id: signIn.clientId }),
    tokens: () => tokens,
    saveTokens(given) {
      tokens = given;
    },
    saveCodeVerifier(given) {
      verifier = given;
    },
    codeVerifier: () => verifier,
    redirectToAuthorization(page) {
      // A program of the system opens it: no other scheme may reach that.
      if (!isSecure(page)) throw new Error(`${printable(page.origin)} is not an https address`);
      terminal.remark(`Sign in at: ${printable(page.href)}`);
      openBrowser(page.href);
    },
    // A directory that refuses addresses as identifiers knows scopes by the id of an app, and refuses `resource`.
    async validateResourceURL(_server, resource) {
      if (resource !== undefined && resource !== url) {
        throw new Error(
          `the server says that its address is ${printable(resource)}, but you called ${url}`,
        );
      }
      const isAddress = signIn.scopes.some((scope) => scope.startsWith(`${url}/`));
      return isAddress ? new URL(url) : undefined;
    },
  };
}

interface Callback {
  readonly url: string;
  readonly code: Promise<string>;
  readonly close: () => void;
}

/** Listens for the answer of the issuer; Entra takes any port of localhost. */
async function openCallback(state: string, signal: AbortSignal): Promise<Callback> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const code = new Promise<string>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    server.on('request', (request, response) => {
      const { searchParams, pathname } = new URL(request.url ?? '/', 'http://localhost');
      if (pathname !== '/callback' || searchParams.get('state') !== state) {
        answer(request, response, 404, 'There is nothing here.\n');
        return;
      }
      const found = searchParams.get('code');
      answer(request, response, 200, found === null ? 'Sign-in failed.\n' : PAGE);
      const refusal = searchParams.get('error_description') ?? searchParams.get('error');
      if (found !== null) resolve(found);
      else reject(new Error(refusal ?? 'the answer of the sign-in page has no code'));
    });
  });
  // Who fails before waits for it no more.
  code.catch(() => undefined);
  return {
    url: `http://localhost:${port}/callback`,
    code,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  text: string,
): void {
  request.resume();
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' });
  response.end(text);
}

/** No shell sees the address. Where nothing opens, the printed address is enough. */
function openInBrowser(url: string): void {
  const ways: Partial<Record<NodeJS.Platform, [string, ...string[]]>> = {
    darwin: ['open', url],
    win32: ['rundll32', 'url.dll,FileProtocolHandler', url],
  };
  const [program, ...args] = ways[process.platform] ?? ['xdg-open', url];
  const child = spawn(program, args, { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}
