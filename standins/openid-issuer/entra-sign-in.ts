// A sign-in by the requests of a client, as they were recorded or written down, at the loopback
// issuer: authorize, code, refresh. It ends with a token, or with the number that Entra has for
// what is wrong.

import { createHash } from 'node:crypto';
import { APP_ID, CLIENTS_APP_ID } from './entra-apps.ts';
import { type EntraClient, hashOf } from './entra-clients.ts';
import type { OpenIdIssuer } from './openid-issuer.ts';

export interface SignInOutcome {
  /** Of the code, and of the refresh where there was one. */
  readonly tokens: readonly string[];
  /** `AADSTS50011 at sign-in`; absent: nothing was refused. */
  readonly refusal?: string;
}

export interface Target {
  readonly address: string;
  /** The one scope of the server, in its short form. */
  readonly scope: string;
}

/** Runs all requests of a client, one after the other, until one is refused. */
export async function signInAs(
  { sends }: EntraClient,
  { url, issuer }: OpenIdIssuer,
  target: Target,
): Promise<SignInOutcome> {
  const endpoint = (name: string) =>
    `${url}${new URL(issuer).pathname.replace('/v2.0', '')}${name}`;
  const verifier = 'verifier-of-the-client-verifier-of-the-client';
  const known: Record<string, string> = {
    '<code_challenge>': createHash('sha256').update(verifier).digest('base64url'),
    '<code_verifier>': verifier,
    '<state>': 'state-of-the-client',
    '<client>': CLIENTS_APP_ID,
    '<servers>': APP_ID,
    '<unknown>': '99999999-9999-4999-8999-999999999999',
    '<secret>': 'a secret',
    '<resource>': target.address,
    '<scope>': `${target.address}/${target.scope}`,
    '<short>': target.scope,
    '<hash>': hashOf(target.address),
  };
  const filled = (request: Readonly<Record<string, string>>) =>
    new URLSearchParams(
      Object.entries(request).map(([name, value]): [string, string] => [
        name,
        value.replaceAll(/<[a-z_]+>/g, (mark) => known[mark] ?? mark),
      ]),
    );

  const visit = await fetch(`${endpoint('/oauth2/v2.0/authorize')}?${filled(sends.authorize)}`, {
    redirect: 'manual',
  });
  const location = visit.headers.get('location');
  const back = location === null ? undefined : new URL(location).searchParams;
  const code = back?.get('code');
  if (!code) {
    const text = back?.get('error_description') ?? (await visit.text());
    return { tokens: [], refusal: refusalIn(text, 'sign-in') };
  }
  if (back?.get('state') !== known['<state>']) throw new Error('the state did not come back');
  known['<code>'] = code;

  const tokens: string[] = [];
  const steps = [
    ['the token', sends.exchange],
    ['the refresh', sends.refresh],
  ] as const;
  for (const [step, request] of steps) {
    if (!request || (step === 'the refresh' && !known['<refresh_token>'])) continue;
    const answer = await fetch(endpoint('/oauth2/v2.0/token'), {
      method: 'POST',
      body: filled(request),
    });
    const body = (await answer.json()) as Record<string, string>;
    if (!answer.ok) return { tokens, refusal: refusalIn(body.error_description ?? '', step) };
    tokens.push(body.access_token ?? '');
    if (body.refresh_token) known['<refresh_token>'] = body.refresh_token;
  }
  return { tokens };
}

function refusalIn(text: string, step: string): string {
  return `${/AADSTS\d+/.exec(text)?.[0] ?? text} at ${step}`;
}
