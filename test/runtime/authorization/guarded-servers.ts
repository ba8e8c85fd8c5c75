// Servers that ask for tokens of two issuers, of the plain kind and of Entra's, and what they say
// to callers.

import { expect } from 'vitest';
import { APP_ID, type EntraApp, TENANT_ID } from '../../../standins/openid-issuer/entra-apps.ts';
import { entra, entraClaims } from '../../../standins/openid-issuer/entra-mode.ts';
import { PLAIN } from '../../../standins/openid-issuer/modes.ts';
import { type OpenIdIssuer, openIssuer } from '../../../standins/openid-issuer/openid-issuer.ts';
import type { Claims } from '../../../standins/openid-issuer/signing-keys.ts';
import { appsOfCase } from '../../infra/registered-apps.ts';

/** Both issuers of the servers. */
export interface Issuers {
  readonly plain: OpenIdIssuer;
  readonly entra: OpenIdIssuer;
  stop(): Promise<void>;
}

export interface IssuersOptions {
  /** Default: true. */
  readonly up?: boolean;
  /**
   * Origin of the servers, whose addresses identify the app registration. Default: that of the
   * template.
   */
  readonly baseUrl?: string;
  /** Registrations of the directory. Default: those of the template behind a gateway. */
  readonly apps?: readonly EntraApp[];
}

export async function openIssuers({
  baseUrl,
  apps,
  ...options
}: IssuersOptions = {}): Promise<Issuers> {
  const plain = await openIssuer(PLAIN, options);
  const entraIssuer = await openIssuer(entra(apps ?? appsOfCase('gateway', baseUrl)), options);
  return {
    plain,
    entra: entraIssuer,
    stop: async () => void (await Promise.all([plain.stop(), entraIssuer.stop()])),
  };
}

/** Variables for the servers with `auth: entra`. */
export function entraVariables({ entra: { url } }: Issuers): Record<string, string> {
  return {
    AZURE_AUTHORITY_HOST: url,
    MCP_ENTRA_TENANT_ID: TENANT_ID,
    MCP_ENTRA_CLIENT_ID: APP_ID,
  };
}

/**
 * @param folder that of kernel-v1.mjs and kernel-v2.mjs, as servers.yaml sees it.
 * @param baseUrl begins the audiences of the servers of the plain issuer.
 */
export function guardedYaml(issuer: string, baseUrl: string, folder = '.'): string {
  const jwt = (name: string) => `{ issuer: "${issuer}", audience: "${baseUrl}/${name}/mcp" }`;
  return `
servers:
  notes: { module: ${folder}/kernel-v2.mjs, auth: jwt, jwt: ${jwt('notes')}, scopes: [notes.read, notes.write] }
  tasks: { module: ${folder}/kernel-v1.mjs, instance: shared, auth: jwt, jwt: ${jwt('tasks')} }
  weather: { module: ${folder}/kernel-v1.mjs, auth: entra }
  time: { module: ${folder}/kernel-v2.mjs, instance: shared, auth: entra }
  open: { module: ${folder}/kernel-v2.mjs, auth: anonymous }
`;
}

/** One way of guarding a server, with what its callers need. */
export interface Kind {
  readonly auth: 'jwt' | 'entra';
  readonly server: string;
  /** Another server of the same kind. */
  readonly other: string;
  issuerOf(issuers: Issuers): OpenIdIssuer;
  /** Claims of a token that is good for a server. */
  claims(server: string, baseUrl: string): Claims;
  /** What the server's clients must ask for. */
  scope(baseUrl: string): string;
}

export const KINDS: readonly Kind[] = [
  {
    auth: 'jwt',
    server: 'notes',
    other: 'tasks',
    issuerOf: ({ plain }) => plain,
    claims: (server, baseUrl) => ({
      aud: `${baseUrl}/${server}/mcp`,
      sub: 'ada',
      client_id: 'editor',
      scope: 'notes.read notes.write',
    }),
    scope: () => 'notes.read notes.write',
  },
  {
    auth: 'entra',
    server: 'weather',
    other: 'time',
    issuerOf: (issuers) => issuers.entra,
    claims: (server) => entraClaims({ azp: 'editor', scp: `mcp.${server}` }),
    scope: (baseUrl) => `${baseUrl}/weather/mcp/mcp.weather`,
  },
];

/** How a call can end. */
export type Ending =
  | 'served'
  | 'token-required'
  | 'invalid-token'
  | 'insufficient-scope'
  | 'issuer-unavailable';

export interface GuardedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** The exact challenge of each refusal; the issuer's own fault has none. */
function challengeFor(ending: Ending, metadata: string, scope: string): string | undefined {
  const rest = `resource_metadata="${metadata}", scope="${scope}"`;
  if (ending === 'token-required') return `Bearer ${rest}`;
  if (ending === 'invalid-token') return `Bearer error="invalid_token", ${rest}`;
  if (ending === 'insufficient-scope') return `Bearer error="insufficient_scope", ${rest}`;
  return undefined;
}

const STATUSES: Readonly<Record<Ending, number>> = {
  served: 200,
  'token-required': 401,
  'invalid-token': 401,
  'insufficient-scope': 403,
  'issuer-unavailable': 503,
};

export function expectEnding(
  answer: GuardedAnswer,
  ending: Ending,
  { server, scope }: Kind,
  baseUrl: string,
): void {
  const { result, error } = JSON.parse(answer.body);
  expect({ status: answer.status, reason: error?.data?.reason ?? (result && 'served') }).toEqual({
    status: STATUSES[ending],
    reason: ending,
  });
  const metadata = `${baseUrl}/.well-known/oauth-protected-resource/${server}/mcp`;
  expect(answer.headers['www-authenticate']).toBe(challengeFor(ending, metadata, scope(baseUrl)));
  if (ending === 'served') return;
  expect(JSON.parse(answer.body)).toEqual({
    jsonrpc: '2.0',
    id: null,
    error: {
      code: -32603,
      message: expect.stringMatching(/^[A-Z].+\.$/),
      data: { reason: ending },
    },
  });
  const wait = answer.headers['retry-after'];
  expect(wait).toBe(ending === 'issuer-unavailable' ? '5' : undefined);
}
