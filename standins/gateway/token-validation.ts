// validate-jwt and validate-azure-ad-token, as their pages describe them.
// https://learn.microsoft.com/azure/api-management/validate-jwt-policy
// https://learn.microsoft.com/azure/api-management/validate-azure-ad-token-policy

import {
  createLocalJWKSet,
  decodeProtectedHeader,
  type JSONWebKeySet,
  type JWTPayload,
  jwtVerify,
} from 'jose';
import type { Context, Jwt } from './expressions.ts';
import { childOf, type Element, textOf, valuesOf } from './policy-xml.ts';

/** "pulled from the endpoint every 1 hour and cached" (openid-config). */
const FRESH_MS = 3_600_000;
/** For an unknown `kid`, "or if retrieval fails", "at most once per 5 min" (openid-config). */
const PULL_AGAIN_MS = 300_000;
/** "Asymmetric - The following […] are supported: PS256, RS256, RS512" (usage notes). */
const ALGORITHMS = ['PS256', 'RS256', 'RS512'];

/**
 * The page says nothing of what comes when an issuer never answered; no case of the table relies on
 * this.
 */
class NoOpenIdConfiguration extends Error {}

/** Configurations of issuers, as one gateway keeps them. */
export class OpenIdConfigurations {
  readonly #kept = new Map<string, { keys: JSONWebKeySet; issuer: string; pulledAt: number }>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  async keysFor(url: string, kid: string | undefined) {
    const kept = this.#kept.get(url);
    const age = kept ? this.#now() - kept.pulledAt : Number.POSITIVE_INFINITY;
    const knowsKey = kept?.keys.keys.some((key) => key.kid === kid) ?? false;
    if (kept && age < FRESH_MS && (knowsKey || age < PULL_AGAIN_MS)) return kept;
    try {
      const { jwks_uri, issuer } = await pull(url);
      const keys = (await pull(jwks_uri as string)) as unknown as JSONWebKeySet;
      const pulled = { keys, issuer: issuer as string, pulledAt: this.#now() };
      this.#kept.set(url, pulled);
      return pulled;
    } catch {
      if (kept) return kept;
      throw new NoOpenIdConfiguration(url);
    }
  }
}

async function pull(url: string): Promise<Record<string, unknown>> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return (await answer.json()) as Record<string, unknown>;
}

/** What a token must be, from the attributes and elements of either policy. */
interface Demands {
  readonly openIdConfigUrl: string;
  readonly audiences: readonly string[];
  /** Undefined: that of the configuration. */
  readonly issuers: readonly string[] | undefined;
  readonly clockSkewSeconds: number;
  readonly claims: readonly Element[];
}

/** @returns the token, or undefined when it does not pass. */
export async function validateToken(
  policy: Element,
  context: Context,
  configurations: OpenIdConfigurations,
): Promise<Jwt | undefined> {
  const { attributes } = policy;
  const header = context.request.header(attributes['header-name'] as string) ?? '';
  // "It expects the JWT to be provided in the default Authorization header using the Bearer
  // scheme"; `require-scheme` says the same. That the scheme knows no case is RFC 9110, 11.1; the
  // pages do not say.
  const [, token] = /^Bearer +(\S+)$/i.exec(header) ?? [];
  if (token === undefined) return undefined;
  const demands = demandsOf(policy);
  try {
    const { kid } = decodeProtectedHeader(token);
    const { keys, issuer } = await configurations.keysFor(demands.openIdConfigUrl, kid);
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys), {
      algorithms: ALGORITHMS,
      audience: [...demands.audiences],
      issuer: [...(demands.issuers ?? [issuer])],
      clockTolerance: demands.clockSkewSeconds,
      // "requires that the exp registered claim is included"
      requiredClaims: ['exp'],
    });
    const jwt = jwtOf(payload);
    return demands.claims.every((claim) => hasClaim(jwt, claim)) ? jwt : undefined;
  } catch (error) {
    if (error instanceof NoOpenIdConfiguration) throw error;
    return undefined;
  }
}

function demandsOf(policy: Element): Demands {
  const { name, attributes, children } = policy;
  const claims = children.find((child) => child.name === 'required-claims')?.children ?? [];
  const audiences = valuesOf(policy, 'audiences');
  if (name === 'validate-jwt') {
    return {
      openIdConfigUrl: childOf(policy, 'openid-config').attributes.url as string,
      audiences,
      issuers: valuesOf(policy, 'issuers'),
      clockSkewSeconds: Number(attributes['clock-skew']),
      claims,
    };
  }
  // "Microsoft Entra ID environment endpoint, prefix https:// is optional"
  const endpoint = attributes['authentication-endpoint'];
  return {
    openIdConfigUrl: `${endpoint}/${attributes['tenant-id']}/v2.0/.well-known/openid-configuration`,
    audiences,
    issuers: undefined,
    // The page has no skew; no case of the table relies on it.
    clockSkewSeconds: 0,
    claims,
  };
}

/** Jwt.Claims: IReadOnlyDictionary<string, string[]> (policy expressions). */
function jwtOf(payload: JWTPayload): Jwt {
  const texts = (value: unknown): string[] => (Array.isArray(value) ? value : [value]).map(String);
  const claims = new Map(Object.entries(payload).map(([name, value]) => [name, texts(value)]));
  return { subject: payload.sub, claims };
}

/**
 * `match`: "every claim value in the policy must be present" or "at least one"; `separator` splits
 * (claim attributes).
 */
function hasClaim({ claims }: Jwt, claim: Element): boolean {
  const { name, match = 'all', separator } = claim.attributes;
  const present = claims.get(name as string) ?? [];
  const values =
    separator === undefined ? present : present.flatMap((text) => text.split(separator));
  const wanted = claim.children.map(textOf);
  return match === 'all'
    ? wanted.every((value) => values.includes(value))
    : wanted.some((value) => values.includes(value));
}
