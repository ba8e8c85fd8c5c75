// The two kinds of issuer: one that follows the MCP specification, and one that behaves like Microsoft Entra where
// clients notice: no registration, scopes of one app in their long form, and no foreign `resource`.

import { type Grant, OAuthFault } from './sign-in.ts';
import type { Claims } from './signing-keys.ts';

export interface Mode {
  /** Paths of the endpoints; the issuer itself is `url + issuerPath`. */
  readonly paths: {
    readonly issuer: string;
    readonly configurations: readonly string[];
    readonly authorize: string;
    readonly token: string;
    readonly keys: string;
    readonly register?: string;
  };
  /** Members of the configuration document beside the endpoints. */
  readonly metadata: object;
  readonly unknownClient: string;
  /** @throws OAuthFault for a request that this issuer refuses. */
  check(grant: Grant): void;
  /** What a client gets by itself; undefined: it needs a person's sign-in. */
  grantWithoutUser?(form: URLSearchParams): Grant | undefined;
  /** Claims of an access token beside issuer and times. */
  claims(grant: Grant): Claims;
}

const COMMON = {
  response_types_supported: ['code'],
  subject_types_supported: ['pairwise'],
  id_token_signing_alg_values_supported: ['RS256'],
};

/** Follows RFC 8414, RFC 7591, RFC 8707 and RFC 9207: the audience of a token is the resource it was asked for. */
export const PLAIN: Mode = {
  paths: {
    issuer: '',
    configurations: [
      '/.well-known/openid-configuration',
      '/.well-known/oauth-authorization-server',
    ],
    authorize: '/authorize',
    token: '/token',
    keys: '/keys',
    register: '/register',
  },
  metadata: {
    ...COMMON,
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none'],
    authorization_response_iss_parameter_supported: true,
  },
  unknownClient: 'unknown client',
  check({ resource, redirectUri }) {
    if (!resource) throw new OAuthFault('invalid_target', 'resource is needed', redirectUri);
  },
  grantWithoutUser(form) {
    if (form.get('grant_type') !== 'client_credentials') return undefined;
    return {
      clientId: form.get('client_id') ?? '',
      redirectUri: '',
      scopes: (form.get('scope') ?? '').split(' '),
      resource: form.get('resource') ?? undefined,
    };
  },
  claims: ({ clientId, scopes, resource }) => ({
    aud: resource,
    client_id: clientId,
    sub: 'ada',
    scope: scopes.join(' '),
  }),
};

export const TENANT_ID = '11111111-2222-4333-8444-555555555555';
/** The app registration of the host. */
export const APP_ID = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee';

/** Scopes that Entra knows itself. */
const OPENID_SCOPES = ['openid', 'profile', 'email', 'offline_access'];

/**
 * @param appScopes the delegated scopes of the app registration, in their short form.
 * @param identifierUris addresses that identify it: only below a domain that the directory has verified.
 */
export function entra(
  appScopes: readonly string[],
  identifierUris: ReadonlySet<string> = new Set(),
): Mode {
  return {
    paths: {
      issuer: `/${TENANT_ID}/v2.0`,
      configurations: [`/${TENANT_ID}/v2.0/.well-known/openid-configuration`],
      authorize: `/${TENANT_ID}/oauth2/v2.0/authorize`,
      token: `/${TENANT_ID}/oauth2/v2.0/token`,
      keys: `/${TENANT_ID}/discovery/v2.0/keys`,
    },
    metadata: {
      ...COMMON,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
    },
    unknownClient: 'AADSTS700016: Application was not found in the directory.',
    check({ scopes, resource, redirectUri }) {
      if (resource !== undefined && resource !== APP_ID && !identifierUris.has(resource)) {
        throw new OAuthFault(
          'invalid_target',
          "AADSTS9010010: The resource parameter provided in the request doesn't match with the requested scopes.",
          redirectUri,
        );
      }
      const unknown = scopes.find((scope) => !OPENID_SCOPES.includes(scope) && !known(scope));
      if (unknown !== undefined) {
        throw new OAuthFault(
          'invalid_client',
          `AADSTS650053: The application asked for scope '${unknown}' that doesn't exist on the resource.`,
          redirectUri,
        );
      }
    },
    claims: ({ clientId, scopes }) =>
      entraClaims({
        azp: clientId,
        scp: scopes.filter(known).map(shortForm).join(' '),
      }),
  };

  function known(scope: string): boolean {
    return scope.startsWith(`${APP_ID}/`) && appScopes.includes(shortForm(scope));
  }
}

function shortForm(scope: string): string {
  return scope.slice(APP_ID.length + 1);
}

/** Claims of a version 2.0 access token. */
export function entraClaims(claims: Claims): Claims {
  return { aud: APP_ID, tid: TENANT_ID, ver: '2.0', sub: 'ada', oid: 'ada-in-entra', ...claims };
}
