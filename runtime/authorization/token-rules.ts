// Which tokens a server accepts, from its entry in servers.yaml and, for Entra, the environment.

import { type Environment, missingEntraVariables } from '../../config/env.ts';
import type { ServerConfig } from '../../config/schema.ts';
import { hasPath } from '../../config/server-path.ts';
import type { Issuer } from './openid-issuer.ts';

export interface TokenRules extends Issuer {
  readonly audience: string;
  /** Entra: the directory (`tid`). */
  readonly tenantId?: string;
  /** All of them are needed, as tokens carry them. */
  readonly scopes: readonly string[];
  /**
   * A scope in the form in which clients ask for it.
   * @param address the public address of the server.
   */
  requestForm(scope: string, address: string): string;
  /** Entra: the application role that stands for the scopes in a token without a user. */
  readonly applicationRole?: string;
}

/** @returns undefined when the server asks for no token, or the names of what its settings lack. */
export function tokenRules(
  server: ServerConfig,
  environment: Environment,
): TokenRules | { readonly missing: readonly string[] } | undefined {
  if (server.auth === 'entra') return entraRules(server, environment);
  if (server.auth !== 'jwt') return undefined;
  if (!server.jwt) return { missing: ['jwt'] };
  const { issuer, audience, openIdConfigUrl } = server.jwt;
  return {
    issuer,
    openIdConfigUrl: openIdConfigUrl ?? configurationOf(issuer),
    audience,
    scopes: server.scopes,
    requestForm: (scope) => scope,
  };
}

/** Version 2.0 tokens of one directory, issued for one app registration that all servers share. */
function entraRules(
  { name, path, scopes }: ServerConfig,
  environment: Environment,
): TokenRules | { readonly missing: readonly string[] } {
  const { entraTenantId: tenantId, entraClientId: clientId, authorityHost } = environment;
  const { entraServerUris } = environment;
  if (tenantId === undefined || clientId === undefined) {
    return { missing: missingEntraVariables(environment) };
  }
  const issuer = `${authorityHost}/${tenantId}/v2.0`;
  return {
    issuer,
    openIdConfigUrl: configurationOf(issuer),
    audience: clientId,
    tenantId,
    scopes,
    // Entra compares what stands before the last slash with `resource`, which is the address.
    requestForm: (scope, address) =>
      `${entraServerUris === 'address' ? address : clientId}/${scope}`,
    // A server without a path is called by whoever may call its combination.
    ...(hasPath({ path }) && { applicationRole: `mcp.${name}.app` }),
  };
}

/** OpenID Connect Discovery 1.0, 4.1: a slash at the end of the issuer is left out. */
function configurationOf(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}
