// Scopes that an SDK v2 author asks for by tool, prompt or resource (`scopeChallenge: requireScopes(...)`). The SDK looks
// at them in its own HTTP entries only; what comes through our transport is looked at here.

import type { Exchange } from '../exchange/exchange.ts';
import { ScopesNeeded } from '../exchange/scopes-needed.ts';
import type { SdkServer } from './sdk-server.ts';

interface Challenging {
  resolveScopeChallenge?(context: {
    readonly request: object;
    readonly authInfo: object;
  }): Challenge | undefined | Promise<Challenge | undefined>;
}

interface Challenge {
  readonly scopes: readonly string[];
}

/** Resolves when the caller may go on. Call it only for a caller with `authInfo`. @throws ScopesNeeded. */
export async function demandScopes({ instance }: SdkServer, exchange: Exchange): Promise<void> {
  const { authInfo } = exchange.caller;
  if (!authInfo) return;
  const { request } = exchange;
  const challenge = await (instance as Challenging).resolveScopeChallenge?.({ request, authInfo });
  if (challenge) throw new ScopesNeeded(challenge.scopes);
}

/** The same of an answer of the SDK's own entry. @throws ScopesNeeded. */
export function readScopeChallenge(response: Response): void {
  if (response.status !== 403) return;
  const header = response.headers.get('www-authenticate') ?? '';
  const scope = /error="insufficient_scope".* scope="([^"]*)"/.exec(header)?.[1];
  if (scope !== undefined) throw new ScopesNeeded(scope.split(' '));
}
