// Requests to a gateway, and what comes back: one table for the stand-in and for a real gateway.
// Every row also says whether the request reaches the app, and in what the answer differs from that
// of the host alone, with the reason.

import type { ClientRequest } from '../../standins/functions-host/fixtures/client.ts';
import { type ModernParts, modern } from '../runtime/mount/http/modern.ts';
import type { TestedServer } from './under-test.ts';

type Auth = TestedServer['auth'];

export const AUTHS = ['jwt', 'entra', 'function', 'anonymous'] as const;
const TOKENS: readonly Auth[] = ['jwt', 'entra'];

/** What of an answer is compared with the host's. */
export const COMPARED = [
  'status',
  'www-authenticate',
  'content-type',
  'allow',
  'cache-control',
  'access-control-allow-origin',
  'body',
] as const;

export interface Row {
  readonly what: string;
  readonly auths: readonly Auth[];
  readonly request: ClientRequest | ((server: TestedServer) => ClientRequest);
  /** Default: that of the server. */
  readonly target?: (server: TestedServer) => string;
  /** Default: sent. */
  readonly credentials?: 'none';
  readonly status: number;
  /** `error.data.reason`, or `error.code`. */
  readonly error?: string | number;
  /** Default: true. */
  readonly reaches?: false;
  /** Whether the server has allowedOrigins. Default: it does not matter. */
  readonly origins?: 'some' | 'none';
  /** What differs from the host's own answer, and why. */
  readonly differs?: {
    readonly in: readonly (typeof COMPARED)[number][];
    readonly because: string;
  };
}

const JSON_HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};

const post = (body: string | object, headers: Record<string, string> = {}): ClientRequest => ({
  method: 'POST',
  headers: { ...JSON_HEADERS, ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

const inModernEra = (parts: ModernParts, accept = JSON_HEADERS.accept): ClientRequest => {
  const { headers, body } = modern(parts);
  return { method: 'POST', headers: { accept, ...headers }, body };
};

const BROWSER: ClientRequest = { headers: { accept: 'text/html' } };
const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
const preflight = (origin = ''): ClientRequest => ({
  method: 'OPTIONS',
  headers: {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type',
  },
});
const metadata = ({ path }: TestedServer) => `/.well-known/oauth-protected-resource${path}`;

const BODILESS = {
  in: ['body', 'content-type'],
  because: 'the gateway answers 401 and 403 without a body',
} as const;
const OPERATIONS = {
  in: ['status', 'allow', 'body', 'content-type'],
  because:
    'the gateway knows GET, POST and DELETE of the path; everything else it answers with 404',
} as const;
const PREFLIGHTS = {
  in: ['status', 'body', 'content-type', 'access-control-allow-origin'],
  because: 'the gateway answers preflights, with an empty 200 for every origin (cors-policy)',
} as const;

export const ROWS: readonly Row[] = [
  { what: 'a message of the 2025 era', auths: AUTHS, request: post(LIST), status: 200 },
  {
    what: 'a handshake of the 2025 era',
    auths: AUTHS,
    request: post({
      jsonrpc: '2.0',
      id: 'a',
      method: 'initialize',
      params: {
        protocolVersion: '2025-06-18',
        capabilities: {},
        clientInfo: { name: 'test', version: '1' },
      },
    }),
    status: 200,
  },
  {
    what: 'a notification',
    auths: AUTHS,
    request: post({ jsonrpc: '2.0', method: 'notifications/initialized' }),
    status: 202,
  },
  {
    what: 'a message of 2026-07-28',
    auths: AUTHS,
    request: inModernEra({ method: 'tools/list' }),
    status: 200,
  },
  {
    what: 'an address with a slash at its end',
    auths: AUTHS,
    request: post(LIST),
    target: ({ path }) => `${path}/`,
    status: 200,
  },
  {
    what: 'a query string',
    auths: AUTHS,
    request: post(LIST),
    target: ({ path }) => `${path}?a=1&b=%20`,
    status: 200,
  },
  {
    what: 'a body that is no JSON',
    auths: AUTHS,
    request: post('{'),
    status: 400,
    error: 'invalid-json',
  },
  {
    what: 'headers of 2026-07-28 that differ from the body',
    auths: AUTHS,
    request: inModernEra({ method: 'tools/list', headers: { 'mcp-method': 'tools/call' } }),
    status: 400,
    error: -32020,
  },
  {
    what: 'a revision that nobody knows',
    auths: AUTHS,
    request: inModernEra({
      method: 'tools/list',
      headers: { 'mcp-protocol-version': '2099-01-01' },
      meta: {
        'io.modelcontextprotocol/protocolVersion': '2099-01-01',
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    }),
    status: 400,
    error: -32022,
  },
  {
    what: 'a method that nobody knows',
    auths: AUTHS,
    request: inModernEra({ method: 'tools/fly' }),
    status: 404,
    error: -32601,
  },
  { what: 'GET', auths: AUTHS, request: {}, status: 405, error: 'method-not-allowed' },
  { what: 'a page in a browser', auths: ['anonymous'], request: BROWSER, status: 200 },
  {
    what: 'a page in a browser, which has no token',
    auths: TOKENS,
    request: BROWSER,
    credentials: 'none',
    status: 200,
  },
  { what: 'a page for somebody with a token', auths: TOKENS, request: BROWSER, status: 200 },
  {
    what: 'a page in a browser, which has no key',
    auths: ['function'],
    request: BROWSER,
    credentials: 'none',
    status: 401,
  },
  {
    what: 'a page, with a token that is none',
    auths: TOKENS,
    request: { headers: { ...BROWSER.headers, authorization: 'Bearer x' } },
    credentials: 'none',
    status: 401,
    reaches: false,
    differs: {
      in: ['status', 'www-authenticate', 'content-type', 'cache-control', 'body'],
      because: 'the gateway checks every token, also that of a request for a page',
    },
  },
  {
    what: 'GET of what is no page, without a token',
    auths: TOKENS,
    request: { headers: { accept: 'text/html, text/event-stream' } },
    credentials: 'none',
    status: 401,
    reaches: false,
    differs: {
      in: ['status', 'www-authenticate', 'content-type', 'allow', 'body'],
      because: 'the gateway looks at the token first, and the host at the method',
    },
  },
  {
    what: 'DELETE',
    auths: AUTHS,
    request: { method: 'DELETE' },
    status: 405,
    error: 'method-not-allowed',
  },
  {
    what: 'an Accept that nothing satisfies',
    auths: AUTHS,
    request: post(LIST, { accept: 'text/html' }),
    status: 406,
    error: 'not-acceptable',
  },
  {
    what: 'a body that is not application/json',
    auths: AUTHS,
    request: post(LIST as object, { 'content-type': 'text/plain' }),
    status: 415,
    error: 'unsupported-media-type',
  },
  {
    what: 'a body beyond the limit of the server',
    auths: ['function'],
    request: post(`${' '.repeat(5_000_000)}{}`),
    status: 413,
    error: 'body-too-large',
  },
  {
    what: 'an origin that is allowed',
    auths: AUTHS,
    origins: 'some',
    request: ({ allowedOrigin: origin = '' }) => post(LIST, { origin }),
    status: 200,
  },
  {
    what: 'an origin that is allowed, without credentials',
    auths: TOKENS,
    origins: 'some',
    request: ({ allowedOrigin: origin = '' }) => post(LIST, { origin }),
    credentials: 'none',
    status: 401,
    reaches: false,
    differs: BODILESS,
  },
  {
    what: 'an origin that is not allowed',
    auths: AUTHS,
    request: post(LIST, { origin: 'https://evil.example' }),
    status: 403,
    error: 'forbidden-origin',
  },
  {
    what: 'an origin of the own machine, which is not allowed in Azure',
    auths: AUTHS,
    request: post(LIST, { origin: 'http://localhost:5173' }),
    status: 403,
    error: 'forbidden-origin',
  },
  {
    what: 'a preflight from an origin that is allowed',
    auths: AUTHS,
    origins: 'some',
    request: ({ allowedOrigin }) => preflight(allowedOrigin),
    credentials: 'none',
    status: 200,
    reaches: false,
    differs: {
      in: ['status'],
      because: 'the gateway answers preflights with 200, the host with 204',
    },
  },
  {
    what: 'a preflight from an origin that is not allowed',
    auths: AUTHS,
    origins: 'some',
    request: preflight('https://evil.example'),
    status: 200,
    reaches: false,
    differs: PREFLIGHTS,
  },
  {
    what: 'a preflight to a server without allowedOrigins',
    auths: AUTHS,
    origins: 'none',
    request: preflight('https://app.example.com'),
    status: 404,
    reaches: false,
    differs: OPERATIONS,
  },
  {
    what: 'PUT',
    auths: AUTHS,
    request: { method: 'PUT' },
    status: 404,
    reaches: false,
    differs: OPERATIONS,
  },
  {
    what: 'a path below that of the server',
    auths: AUTHS,
    request: post(LIST),
    target: ({ path }) => `${path}/x`,
    status: 404,
    reaches: false,
    differs: OPERATIONS,
  },
  {
    what: 'no credentials',
    auths: TOKENS,
    request: post(LIST),
    credentials: 'none',
    status: 401,
    reaches: false,
    differs: BODILESS,
  },
  {
    what: 'no credentials, with an origin that is not allowed',
    auths: TOKENS,
    request: post(LIST, { origin: 'https://evil.example' }),
    credentials: 'none',
    status: 401,
    reaches: false,
    differs: {
      in: ['status', 'www-authenticate', 'body', 'content-type'],
      because: 'the gateway looks at the token first, and the host at the origin',
    },
  },
  // Without the key the Functions host refuses, and says no more.
  {
    what: 'no credentials',
    auths: ['function'],
    request: post(LIST),
    credentials: 'none',
    status: 401,
  },
  {
    what: 'a key in the query string',
    auths: ['function'],
    request: post(LIST),
    credentials: 'none',
    target: ({ path }) => `${path}?code=wrong`,
    status: 401,
  },
  {
    what: 'the metadata document',
    auths: TOKENS,
    request: {},
    credentials: 'none',
    target: metadata,
    status: 200,
    reaches: false,
    differs: {
      in: ['access-control-allow-origin'],
      because: 'the cors policy adds its headers to requests with an Origin only',
    },
  },
  {
    what: 'the metadata document, from a page of any origin',
    auths: TOKENS,
    request: { headers: { origin: 'https://any.example' } },
    credentials: 'none',
    target: metadata,
    status: 200,
    reaches: false,
  },
  {
    what: 'the metadata document of a server that asks for no tokens',
    auths: ['function', 'anonymous'],
    request: {},
    credentials: 'none',
    target: metadata,
    status: 404,
    reaches: false,
    differs: OPERATIONS,
  },
  {
    what: 'a metadata document at the root',
    auths: TOKENS,
    request: {},
    credentials: 'none',
    target: () => '/.well-known/oauth-protected-resource',
    status: 404,
    reaches: false,
    differs: OPERATIONS,
  },
  {
    what: 'what is only for the app itself',
    auths: ['anonymous'],
    request: {},
    target: () => '/readyz',
    status: 404,
    reaches: false,
    differs: OPERATIONS,
  },
];
