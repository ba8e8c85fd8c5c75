// The gate of a server that requires tokens: a valid token passes, and every other caller learns
// what is needed.

import type { AuthInfo } from '../exchange/exchange.ts';
import { HostError } from '../exchange/refusals.ts';
import { ScopesNeeded } from '../exchange/scopes-needed.ts';
import {
  bearerTokenOf,
  callerOf,
  isGranted,
  type VerifiedCaller,
  verifyToken,
} from './bearer-token.ts';
import { type IssuerKeys, IssuerUnavailable } from './issuer-keys.ts';
import {
  addressOf,
  type ChallengeError,
  challenge,
  metadataDocument,
  type ProtectedResource,
} from './protected-resource.ts';
import type { TokenRules } from './token-rules.ts';

export interface TokenGate {
  /**
   * @param authorization the request's `Authorization` header.
   * @throws HostError `token-required`, `invalid-token`, `insufficient-scope` or
   * `issuer-unavailable`.
   */
  admit(authorization: string | undefined): Promise<VerifiedCaller>;
  /**
   * Looks at a caller whom another server with the same tokens has let in.
   * @throws ScopesNeeded when this server would not have.
   */
  demand(authInfo: AuthInfo | undefined): void;
  /**
   * The refusal of a caller who passed, but lacks scopes of an operation; names all that the
   * operation needs.
   */
  scopesNeeded(scopes: readonly string[]): HostError;
  /** Body of the server's metadata document. */
  document(): string;
}

/** @param resource asked for each answer, since the address may become known late. */
export function createTokenGate(
  rules: TokenRules,
  keys: IssuerKeys,
  resource: () => ProtectedResource,
): TokenGate {
  const challenged = (error?: ChallengeError, more: readonly string[] = []) => {
    const { scopes, ...rest } = resource();
    const address = addressOf(rest);
    const all = new Set([...scopes, ...more.map((scope) => rules.requestForm(scope, address))]);
    return { 'www-authenticate': challenge({ ...rest, scopes: [...all] }, error) };
  };
  return {
    async admit(authorization) {
      const token = bearerTokenOf(authorization);
      if (token === undefined) throw new HostError('token-required', { headers: challenged() });
      const claims = await verifyToken(token, rules, keys).catch((error: Error) => {
        if (error instanceof IssuerUnavailable) throw new HostError('issuer-unavailable');
        // What is wrong is for the operator: whoever made the token up learns nothing from it.
        const detail = error.message;
        throw new HostError('invalid-token', { headers: challenged('invalid_token'), detail });
      });
      if (!isGranted(claims, rules)) {
        throw new HostError('insufficient-scope', { headers: challenged('insufficient_scope') });
      }
      return callerOf(claims, rules);
    },
    demand(authInfo) {
      if (!isGranted(authInfo?.extra ?? {}, rules)) throw new ScopesNeeded(rules.scopes);
    },
    scopesNeeded: (scopes) =>
      new HostError('insufficient-scope', { headers: challenged('insufficient_scope', scopes) }),
    document: () => metadataDocument(resource()),
  };
}
