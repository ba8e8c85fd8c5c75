// Scopes that an SDK v2 author asks for by tool, prompt or resource (`scopeChallenge:
// requireScopes(...)`). The SDK looks at them in its own HTTP entries only; what comes through our
// transport is looked at here.

import type { Exchange } from '../../exchange/exchange.ts';
import { ScopesNeeded } from '../../exchange/scopes-needed.ts';
import { askForScopes, type ScopeAnswer } from './sdk-internals.ts';
import type { SdkServer } from './sdk-server.ts';

/**
 * Asked for callers without a token, too, as the SDK does: only the author knows what they may do.
 * @returns a promise when the author's rule takes its time; undefined when the caller may go on.
 * @throws ScopesNeeded.
 */
export function demandScopes(
  { instance }: SdkServer,
  { request, caller: { authInfo } }: Exchange,
): Promise<void> | undefined {
  const context = { request, ...(authInfo && { authInfo }) };
  const challenge = askForScopes(instance, context);
  return challenge && Promise.resolve(challenge).then(refuse);
}

function refuse(challenge: ScopeAnswer): void {
  if (!challenge) return;
  const { scopes } = challenge;
  if (!Array.isArray(scopes) || !scopes.every(isScope)) {
    throw new Error(
      'The `scopeChallenge` of the server returned something that is not a list of scopes.',
    );
  }
  throw new ScopesNeeded(scopes);
}

/** What a header can carry (RFC 6749, 3.3); the author's rule may make anything up. */
function isScope(value: unknown): boolean {
  return typeof value === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(value);
}

/** The same of an answer of the SDK's own entry. @throws ScopesNeeded. */
export function readScopeChallenge(response: Response): void {
  if (response.status !== 403) return;
  const header = response.headers.get('www-authenticate') ?? '';
  const scope = /error="insufficient_scope".* scope="([^"]*)"/.exec(header)?.[1];
  if (scope !== undefined) throw new ScopesNeeded(scope.split(' '));
}
