// The keys of an OpenID issuer over HTTP: its configuration document, and the key set that this
// names.

import type { JSONWebKeySet } from 'jose';
import { z } from 'zod';
import { isSecure } from '../../config/formats.ts';

/** For both documents together: a caller waits for them. */
const FETCH_LIMIT_MS = 5_000;

export interface Issuer {
  /** Exactly as tokens carry it (`iss`). */
  readonly issuer: string;
  readonly openIdConfigUrl: string;
}

const configuration = z.object({ issuer: z.string(), jwks_uri: z.url() });
/** An empty set is a fault of the issuer: believed, it would sign everyone out. */
const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) });

/**
 * @throws when the issuer does not answer in time, or not with what OpenID Connect Discovery 1.0
 * (4) asks for.
 */
export async function fetchKeySet({ issuer, openIdConfigUrl }: Issuer): Promise<JSONWebKeySet> {
  const signal = AbortSignal.timeout(FETCH_LIMIT_MS);
  const found = configuration.parse(await fetchJson(openIdConfigUrl, signal));
  if (found.issuer !== issuer) {
    throw new Error(`${openIdConfigUrl} describes the issuer ${found.issuer}, not ${issuer}`);
  }
  if (!isSecure(new URL(found.jwks_uri))) {
    throw new Error(`${found.jwks_uri} is not an https address`);
  }
  return keySet.parse(await fetchJson(found.jwks_uri, signal)) as JSONWebKeySet;
}

async function fetchJson(url: string, signal: AbortSignal): Promise<unknown> {
  const headers = { accept: 'application/json' };
  const response = await fetch(url, { headers, signal, redirect: 'error' });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.json();
}
