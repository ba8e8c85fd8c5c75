// What a kind of issuer consists of, and the kind that follows the MCP specification.

import { type Checks, type Grant, OAuthFault } from './sign-in.ts';
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
  readonly checks: Checks;
  /** Whether `iss` comes with a code (RFC 9207). */
  readonly namesIssuer: boolean;
  /** What a client gets by itself; undefined: it needs a person's sign-in. */
  grantWithoutUser?(form: URLSearchParams): Grant | undefined;
  givesRefreshToken(grant: Grant): boolean;
  /** Claims of an access token beside issuer and times. */
  claims(grant: Grant): Claims;
}

export const COMMON = {
  response_types_supported: ['code'],
  subject_types_supported: ['pairwise'],
  id_token_signing_alg_values_supported: ['RS256'],
};

/**
 * Follows RFC 8414, RFC 7591, RFC 8707 and RFC 9207: the audience of a token is the resource it was
 * asked for.
 */
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
  namesIssuer: true,
  checks: {
    authorize({ resource, redirectUri }) {
      if (!resource) throw new OAuthFault('invalid_target', 'resource is needed', redirectUri);
    },
    exchange({ resource }, form) {
      if ((form.get('resource') ?? undefined) !== resource) {
        throw new OAuthFault('invalid_target', 'another resource than was authorized');
      }
    },
    refresh: (grant) => grant,
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
  givesRefreshToken: () => true,
  claims: ({ clientId, scopes, resource }) => ({
    aud: resource,
    client_id: clientId,
    sub: 'ada',
    scope: scopes.join(' '),
  }),
};
