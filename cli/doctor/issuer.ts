// The issuers of tokens: their discovery document, their keys, and what clients look for in them.

import { isSecure } from '../../config/formats.ts';
import type { ServerConfig } from '../../config/schema.ts';
import { type Answer, type Ask, describe, readJson } from './ask.ts';
import { compare, type Group, type Row, type Rows, shown, shownValue } from './row.ts';

export interface Issuer {
  /** Exactly as tokens carry it (`iss`). */
  readonly issuer: string;
  readonly openIdConfigUrl: string;
}

/** OpenID Connect Discovery 1.0, 4.1: a slash at the end of the issuer is left out. */
export function configurationOf(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}

/** The issuer of a server with `auth: jwt`. */
export function jwtIssuer({ issuer, openIdConfigUrl }: NonNullable<ServerConfig['jwt']>): Issuer {
  return { issuer, openIdConfigUrl: openIdConfigUrl ?? configurationOf(issuer) };
}

/** Of what an issuer says, as far as the doctor goes on with it. */
export interface Discovery {
  readonly authorizationEndpoint: string;
}

/**
 * Looks at one issuer.
 * @param group in which table its rows stand
 * @returns undefined if its document cannot be used
 */
export async function* checkIssuer(
  ask: Ask,
  { issuer, openIdConfigUrl }: Issuer,
  group: Group,
): AsyncGenerator<Row, Discovery | undefined, void> {
  const answer = await ask({ url: openIdConfigUrl, paced: true });
  const check = `discovery of ${new URL(issuer).host}`;
  const expected = `a document of ${shown(issuer)} with https endpoints`;
  if ('failure' in answer) {
    yield { group, check, result: 'problem', expected, came: answer.failure, fix: answer.fix };
    return undefined;
  }
  const document = answer.status === 200 ? readJson(answer) : undefined;
  const problem = document === undefined ? notADocument(answer) : findFault(document, issuer);
  yield compare({
    group,
    check,
    expected,
    isExpected: problem === undefined,
    came: problem?.came ?? 'that document',
    fix: problem?.fix ?? '',
  });
  if (document === undefined || problem !== undefined) return undefined;
  yield* checkKeys(ask, String(document.jwks_uri), issuer, group);
  yield* noteMembers(document, issuer, group);
  return { authorizationEndpoint: String(document.authorization_endpoint) };
}

interface Fault {
  readonly came: string;
  readonly fix: string;
}

function notADocument(answer: Answer): Fault {
  return {
    came: `not a JSON document: ${describe(answer)}`,
    fix: 'correct the tenant or the issuer; if the document is at another address, set openIdConfigUrl',
  };
}

function findFault(document: Readonly<Record<string, unknown>>, issuer: string): Fault | undefined {
  if (document.issuer !== issuer) {
    return {
      came: `the issuer ${shownValue(document.issuer)}`,
      fix: 'write the issuer exactly as it appears in its document and tokens',
    };
  }
  const missing = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'].find((name) => {
    const value = document[name];
    return typeof value !== 'string' || !URL.canParse(value) || !isSecure(new URL(value));
  });
  if (missing === undefined) return undefined;
  return { came: `${missing} without an https address`, fix: 'ask the operator of the issuer' };
}

async function* checkKeys(ask: Ask, url: string, issuer: string, group: Group): Rows {
  const answer = await ask({ url, paced: true });
  const keys = 'failure' in answer || answer.status !== 200 ? undefined : readJson(answer)?.keys;
  const count = Array.isArray(keys) ? keys.filter(isKey).length : 0;
  yield compare({
    group,
    check: `keys of ${new URL(issuer).host}`,
    expected: 'at least one key',
    isExpected: count > 0,
    came: count > 0 ? (count === 1 ? '1 key' : `${count} keys`) : describe(answer),
    fix: 'ask the operator of the issuer; without keys, the servers answer 503',
  });
}

/** RFC 7517, 4.1: a key says its type. */
function isKey(value: unknown): boolean {
  return typeof (value as { kty?: unknown } | null)?.kty === 'string';
}

/** What clients decide by; Entra's own values are not written down anywhere. */
const MEMBERS = [
  'code_challenge_methods_supported',
  'client_id_metadata_document_supported',
  'registration_endpoint',
  'scopes_supported',
] as const;

async function* noteMembers(
  document: Readonly<Record<string, unknown>>,
  issuer: string,
  group: Group,
): Rows {
  const said = MEMBERS.map((name) => `${name}: ${shownValue(document[name])}`);
  yield {
    group,
    check: `what ${new URL(issuer).host} offers`,
    result: 'noted',
    expected: 'any value; clients use it to decide how to register and whether to use PKCE',
    came: said.join('; '),
  };
}
