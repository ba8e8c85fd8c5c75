// Every kind of token, and how a call with it ends. The table is run against the host alone and
// behind the Functions host.

import { createHmac, createPublicKey } from 'node:crypto';
import type { OpenIdIssuer } from '../../../standins/openid-issuer/openid-issuer.ts';
import {
  type Claims,
  createSigningKey,
  type SigningKey,
} from '../../../standins/openid-issuer/signing-keys.ts';
import type { Ending, Kind } from './guarded-servers.ts';

export interface TokenInput {
  readonly kind: Kind;
  readonly issuer: OpenIdIssuer;
  /** Claims that are good for the kind's server. */
  readonly good: Claims;
  readonly baseUrl: string;
  /** Seconds since 1970. */
  readonly now: number;
}

export interface TokenCase {
  readonly what: string;
  /** The `Authorization` header. */
  authorization(input: TokenInput): Promise<string | undefined> | string | undefined;
  readonly ending: Ending;
  /** Only for servers of this kind. */
  readonly auth?: Kind['auth'];
}

/** A case whose token is that of the issuer with some claims changed; undefined takes one away. */
function claims(
  what: string,
  ending: Ending,
  change: (input: TokenInput) => Claims,
  auth?: Kind['auth'],
): TokenCase {
  return {
    what,
    ending,
    ...(auth && { auth }),
    authorization: async (input) =>
      `Bearer ${await input.issuer.token({ ...input.good, ...change(input) })}`,
  };
}

/** A case whose header is always the same. */
function header(what: string, ending: Ending, authorization: string | undefined): TokenCase {
  return { what, ending, authorization: () => authorization };
}

/** A case whose token is signed by another key. */
function signed(
  what: string,
  ending: Ending,
  key: (issuer: OpenIdIssuer) => Promise<SigningKey>,
): TokenCase {
  return {
    what,
    ending,
    authorization: async ({ issuer, good }) =>
      `Bearer ${await issuer.token(good, await key(issuer))}`,
  };
}

async function published(issuer: OpenIdIssuer, algorithm: string): Promise<SigningKey> {
  const key = await createSigningKey(`key-of-${algorithm}`, algorithm);
  issuer.publish(key);
  return key;
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token that whoever knows the public key can make. */
function forged({ issuer, good, now }: TokenInput, algorithm: 'none' | 'HS256'): string {
  const { kid, publicJwk } = issuer.key;
  const payload = { iss: issuer.issuer, exp: now + 600, ...good };
  const input = `${encode({ alg: algorithm, kid, typ: 'JWT' })}.${encode(payload)}`;
  if (algorithm === 'none') return `${input}.`;
  const pem = createPublicKey({ key: publicJwk as never, format: 'jwk' });
  const secret = pem.export({ type: 'spki', format: 'pem' });
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

const headers: readonly TokenCase[] = [
  header('no token', 'token-required', undefined),
  header('an empty header', 'token-required', ''),
  header('credentials of another scheme', 'token-required', 'Basic YTpi'),
  header('a scheme that only begins with Bearer', 'token-required', 'BearerX abc'),
  header('the scheme alone', 'invalid-token', 'Bearer'),
  header('a text that is no token', 'invalid-token', 'Bearer x'),
  header('three parts that are no token', 'invalid-token', 'Bearer a.b.c'),
  {
    what: 'a good token after another one',
    ending: 'invalid-token',
    authorization: async ({ issuer, good }) => `Bearer x, Bearer ${await issuer.token(good)}`,
  },
  {
    what: 'a good token whose last character was changed',
    ending: 'invalid-token',
    authorization: async ({ issuer, good }) => {
      const token = await issuer.token(good);
      const [head, , signature] = token.split('.');
      return `Bearer ${head}.${encode({ ...good, iss: issuer.issuer, exp: 9e9 })}.${signature}`;
    },
  },
  {
    what: 'a good token with the scheme in other letters',
    ending: 'served',
    authorization: async ({ issuer, good }) => `bEARER  ${await issuer.token(good)}`,
  },
];

const times: readonly TokenCase[] = [
  claims('a good token', 'served', () => ({})),
  claims('an expired token', 'invalid-token', ({ now }) => ({ exp: now - 90 })),
  claims('a token that expired within the clock skew', 'served', ({ now }) => ({ exp: now - 30 })),
  claims('a token without expiry', 'invalid-token', () => ({ exp: undefined })),
  claims('a token that is not yet valid', 'invalid-token', ({ now }) => ({ nbf: now + 90 })),
  claims('a token valid within the clock skew', 'served', ({ now }) => ({ nbf: now + 30 })),
];

const parties: readonly TokenCase[] = [
  claims('a token of another issuer', 'invalid-token', () => ({ iss: 'https://evil.example' })),
  claims('a token without issuer', 'invalid-token', () => ({ iss: undefined })),
  claims('a token for another audience', 'invalid-token', () => ({ aud: 'https://other.example' })),
  claims(
    'a token whose audience is the address of the server, not the client id',
    'invalid-token',
    ({ baseUrl, kind }) => ({ aud: `${baseUrl}/${kind.server}/mcp` }),
    'entra',
  ),
  claims('a token without audience', 'invalid-token', () => ({ aud: undefined })),
  claims('a token for several audiences', 'served', ({ good }) => ({
    aud: ['https://other.example', good.aud as string],
  })),
  claims('a token of nobody', 'invalid-token', () => ({
    sub: undefined,
    client_id: undefined,
    azp: undefined,
  })),
  claims(
    'a token of another tenant',
    'invalid-token',
    () => ({ tid: '99999999-2222-4333-8444-555555555555' }),
    'entra',
  ),
  claims('a token without tenant', 'invalid-token', () => ({ tid: undefined }), 'entra'),
];

const signatures: readonly TokenCase[] = [
  {
    what: 'a token with algorithm `none`',
    ending: 'invalid-token',
    authorization: (input) => `Bearer ${forged(input, 'none')}`,
  },
  {
    what: 'a token signed by HS256 with the public key',
    ending: 'invalid-token',
    authorization: (input) => `Bearer ${forged(input, 'HS256')}`,
  },
  signed("a stranger's token that claims a known key", 'invalid-token', ({ key }) =>
    createSigningKey(key.kid),
  ),
  signed('a token of an unknown key', 'invalid-token', () => createSigningKey('unknown')),
];

/** Each needs keys that the issuer did not have before; the issuer is asked again once in 30 s. */
export const ALGORITHM_CASES: readonly TokenCase[] = ['PS256', 'ES256', 'RS384', 'EdDSA'].map(
  (algorithm) =>
    signed(
      `a token signed by ${algorithm}`,
      ['PS256', 'ES256'].includes(algorithm) ? 'served' : 'invalid-token',
      (issuer) => published(issuer, algorithm),
    ),
);

const grants: readonly TokenCase[] = [
  claims(
    'a token with one scope of two',
    'insufficient-scope',
    () => ({ scope: 'notes.read' }),
    'jwt',
  ),
  claims(
    'a token with the scopes in a list',
    'served',
    () => ({
      scope: undefined,
      scp: ['notes.write', 'notes.read', 'more'],
    }),
    'jwt',
  ),
  claims('a token without scopes', 'insufficient-scope', () => ({
    scope: undefined,
    scp: undefined,
  })),
  claims("another server's token", 'invalid-token', (input) => anothers(input), 'jwt'),
  claims("another server's token", 'insufficient-scope', (input) => anothers(input), 'entra'),
  claims(
    'a token whose scope only begins like the needed one',
    'insufficient-scope',
    () => ({
      scp: 'mcp.weather.app mcp.weatherx',
    }),
    'entra',
  ),
  claims('a token with more scopes', 'served', () => ({ scp: 'other mcp.weather' }), 'entra'),
  ...applications(),
];

function anothers({ kind, baseUrl }: TokenInput): Claims {
  return kind.claims(kind.other, baseUrl);
}

/** Tokens without a user, for `auth: entra`. */
function applications(): readonly TokenCase[] {
  const role = (what: string, ending: Ending, roles: unknown, scp?: string) =>
    claims(what, ending, () => ({ scp, roles, sub: 'app', idtyp: 'app' }), 'entra');
  return [
    role("an application's token with the role", 'served', ['other', 'mcp.weather.app']),
    role("an application's token without roles", 'insufficient-scope', undefined),
    role("an application's token with another server's role", 'insufficient-scope', [
      'mcp.time.app',
    ]),
    role("an application's token with the scope as a role", 'insufficient-scope', ['mcp.weather']),
    role("an application's token whose roles are a text", 'insufficient-scope', 'mcp.weather.app'),
    role(
      "a user's token with the role but not the scope",
      'insufficient-scope',
      ['mcp.weather.app'],
      'x',
    ),
  ];
}

const TOKEN_CASES: readonly TokenCase[] = [
  ...headers,
  ...times,
  ...parties,
  ...signatures,
  ...grants,
];

/** The cases of one kind of server. */
export function casesOf(kind: Kind, cases = TOKEN_CASES): TokenCase[] {
  return cases.filter(({ auth }) => auth === undefined || auth === kind.auth);
}
