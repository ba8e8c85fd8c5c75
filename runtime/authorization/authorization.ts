// Decides who may call which server: the token gates of all servers that require tokens, with one
// set of keys per issuer.

import type { Logger } from 'pino';
import type { Environment } from '../../config/env.ts';
import type { ServerConfig, ServersConfig } from '../../config/schema.ts';
import { createIssuerKeys, type IssuerKeys } from './issuer-keys.ts';
import { fetchKeySet, type Issuer } from './openid-issuer.ts';
import { addressOf } from './protected-resource.ts';
import { publicUrlOf } from './public-url.ts';
import { createTokenGate, type TokenGate } from './token-gate.ts';
import { tokenRules } from './token-rules.ts';

/**
 * A gate, or the names of the settings without which there can be none: then the server must not
 * serve.
 */
export type Authorization =
  | { readonly gate: TokenGate; readonly missing?: undefined }
  | { readonly missing: readonly string[]; readonly gate?: undefined };

export interface AuthorizationOptions {
  readonly config: ServersConfig;
  readonly environment: Environment;
  readonly log: Logger;
  /** The port that this process listens on. */
  readonly port: () => number;
}

/** What guards a server; undefined for one that asks for no tokens. */
export type AuthorizationOf = (server: ServerConfig) => Authorization | undefined;

export function createAuthorization(options: AuthorizationOptions): AuthorizationOf {
  const { config, environment, log, port } = options;
  const baseUrl = publicUrlOf(config.host, environment, port);
  const keysOf = keysByIssuer(log);
  return (server) => {
    const rules = tokenRules(server, environment);
    if (!rules) return undefined;
    const missing = [
      ...('missing' in rules ? rules.missing : []),
      ...(baseUrl ? [] : ['MCP_PUBLIC_BASE_URL']),
    ];
    if ('missing' in rules || !baseUrl) return { missing };
    const { name, path } = server;
    const { issuer } = rules;
    const resource = () => {
      const place = { baseUrl: baseUrl(), path };
      const scopes = rules.scopes.map((scope) => rules.requestForm(scope, addressOf(place)));
      return { ...place, name, issuer, scopes };
    };
    return { gate: createTokenGate(rules, keysOf(rules), resource) };
  };
}

function keysByIssuer(log: Logger): (issuer: Issuer) => IssuerKeys {
  const known = new Map<string, IssuerKeys>();
  return ({ issuer, openIdConfigUrl }) => {
    const id = JSON.stringify([issuer, openIdConfigUrl]);
    const keys =
      known.get(id) ??
      createIssuerKeys(
        () => fetchKeySet({ issuer, openIdConfigUrl }),
        (error) => log.warn({ issuer, err: error }, 'issuer unavailable'),
      );
    known.set(id, keys);
    return keys;
  };
}
