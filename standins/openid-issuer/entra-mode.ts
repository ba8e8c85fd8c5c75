// The kind of issuer that behaves like Microsoft Entra where clients notice: no registration, apps
// of a directory, scopes in their long form, and a `resource` that must fit them.

import { APP_ID, type EntraApp, TENANT_ID } from './entra-apps.ts';
import { EntraDirectory, OPENID_SCOPES, type Person, type Variant } from './entra-directory.ts';
import { COMMON, type Mode } from './modes.ts';
import type { Claims } from './signing-keys.ts';

/** A directory of Microsoft Entra with these apps, in which one person signs in. */
export function entra(apps: readonly EntraApp[], person?: Person, variant?: Variant): Mode {
  const directory = new EntraDirectory(apps, person, variant);
  return {
    paths: {
      issuer: `/${TENANT_ID}/v2.0`,
      // At the places of RFC 8414 there is nothing.
      configurations: [`/${TENANT_ID}/v2.0/.well-known/openid-configuration`],
      authorize: `/${TENANT_ID}/oauth2/v2.0/authorize`,
      token: `/${TENANT_ID}/oauth2/v2.0/token`,
      keys: `/${TENANT_ID}/discovery/v2.0/keys`,
    },
    // No code_challenge_methods_supported, though S256 is taken.
    metadata: {
      ...COMMON,
      response_modes_supported: ['query', 'fragment', 'form_post'],
      scopes_supported: OPENID_SCOPES,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
    },
    namesIssuer: false,
    checks: {
      identify: (clientId, redirectUri) => void directory.identify(clientId, redirectUri),
      authorize: (grant, prompt) => directory.authorize(grant, prompt),
      exchange: (grant, form, origin) => directory.exchange(grant, form, origin),
      refresh: (grant, form) => directory.refresh(grant, form),
    },
    givesRefreshToken: ({ scopes }) => scopes.includes('offline_access'),
    claims(grant) {
      const { audience, scopes } = directory.shortScopes(grant);
      return { ...entraClaims({ azp: grant.clientId, scp: scopes.join(' ') }), aud: audience };
    },
  };
}

/** Claims of a version 2.0 access token of the servers' app. */
export function entraClaims(claims: Claims): Claims {
  return { aud: APP_ID, tid: TENANT_ID, ver: '2.0', sub: 'ada', oid: 'ada-in-entra', ...claims };
}
