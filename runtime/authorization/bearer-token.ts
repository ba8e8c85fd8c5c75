// One bearer token: found in its header, verified, and its caller described.

import { type JWTPayload, jwtVerify } from 'jose';
import type { AuthInfo } from '../exchange/exchange.ts';
import type { IssuerKeys } from './issuer-keys.ts';
import type { TokenRules } from './token-rules.ts';

/** Asymmetric only: with HS256 the public key would do as a secret (RFC 8725, 2.1). */
const ALGORITHMS = ['RS256', 'PS256', 'ES256'];
const CLOCK_SKEW_SECONDS = 60;

/** Who sent a token that passed. */
export interface VerifiedCaller {
  readonly authInfo: AuthInfo;
  /** Tells this caller apart from all others of the server. */
  readonly subject: string;
  /** The same across all servers and issuers, in words that an operator can look up. */
  readonly identity: string;
  /** Whether the token was issued for a person rather than for an application. */
  readonly isPerson: boolean;
}

/**
 * The token of an `Authorization` header (RFC 6750, 2.1); undefined for another scheme: then none
 * was sent.
 */
export function bearerTokenOf(authorization: string | undefined): string | undefined {
  return /^bearer(?: +|$)(.*)$/i.exec(authorization ?? '')?.[1];
}

/**
 * Signature, algorithm, issuer, audience and times; for Entra the directory as well.
 * @throws IssuerUnavailable, or any other error for a token that does not pass.
 */
export async function verifyToken(
  token: string,
  rules: TokenRules,
  keys: IssuerKeys,
): Promise<JWTPayload> {
  const { payload } = await jwtVerify(token, keys.find, {
    algorithms: ALGORITHMS,
    issuer: rules.issuer,
    audience: rules.audience,
    clockTolerance: CLOCK_SKEW_SECONDS,
    requiredClaims: ['exp'],
  });
  if (rules.tenantId !== undefined && payload.tid !== rules.tenantId) {
    throw new Error('unexpected "tid" claim value');
  }
  if (subjectOf(payload) === undefined) throw new Error('neither a "sub" nor a client id claim');
  return payload;
}

/**
 * Whether the token has all scopes of the server, or, being issued to an application itself, its
 * role.
 */
export function isGranted(claims: JWTPayload, { scopes, applicationRole }: TokenRules): boolean {
  const granted = scopesOf(claims);
  if (granted === undefined && applicationRole !== undefined) {
    return Array.isArray(claims.roles) && claims.roles.includes(applicationRole);
  }
  return scopes.every((scope) => granted?.includes(scope));
}

/**
 * What a server learns of its caller: everything but the token, which is worth nothing to an honest
 * server.
 */
export function callerOf(claims: JWTPayload, rules: TokenRules): VerifiedCaller {
  return {
    authInfo: {
      token: '',
      clientId: clientIdOf(claims) ?? '',
      scopes: scopesOf(claims) ?? [],
      expiresAt: claims.exp as number,
      extra: claims,
    },
    subject: subjectOf(claims) as string,
    identity: identityOf(claims, rules),
    isPerson: isPerson(claims),
  };
}

/**
 * Entra gives each application a subject of its own for one person, so there tenant and object id
 * name them. Of another issuer these claims may be anybody's words.
 */
function identityOf(claims: JWTPayload, { tenantId }: TokenRules): string {
  const { iss, sub, oid } = claims;
  if (tenantId !== undefined && typeof oid === 'string') return `subject ${tenantId}/${oid}`;
  return typeof sub === 'string' ? `subject ${iss} ${sub}` : `client ${iss} ${clientIdOf(claims)}`;
}

function subjectOf(claims: JWTPayload): string | undefined {
  if (typeof claims.sub === 'string') return `subject ${claims.sub}`;
  const clientId = clientIdOf(claims);
  return clientId === undefined ? undefined : `client ${clientId}`;
}

/**
 * An application's own token names the application as its subject (RFC 9068, 2.2), has no scopes
 * (Entra), or says so: `idtyp` of Entra, `gty` of Auth0, the user names of Keycloak's service
 * accounts.
 */
function isPerson(claims: JWTPayload): boolean {
  const { sub, idtyp, gty, preferred_username: userName } = claims;
  const clientId = clientIdOf(claims);
  const isOwn = sub === undefined || sub === clientId || sub === `${clientId}@clients`;
  const isService = typeof userName === 'string' && userName.startsWith('service-account-');
  const says = idtyp === 'app' || gty === 'client-credentials' || isService;
  return !isOwn && !says && scopesOf(claims) !== undefined;
}

/** `scope` by RFC 9068, 2.2.3; `scp` as Entra (a text) and others (a list) write it. */
function scopesOf({ scp, scope }: JWTPayload): string[] | undefined {
  const granted = scp ?? scope;
  if (typeof granted === 'string') return granted.split(' ').filter(Boolean);
  if (Array.isArray(granted)) return granted.filter((each) => typeof each === 'string');
  return undefined;
}

/** `client_id` by RFC 9068; `azp` and `appid` of Entra. */
function clientIdOf({ client_id, azp, appid }: JWTPayload): string | undefined {
  return [client_id, azp, appid].find((id): id is string => typeof id === 'string');
}
