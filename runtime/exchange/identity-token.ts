// Tokens of the app's identity from App Service's own endpoint, for Application Insights and for
// servers elsewhere. The library for it would add 50 MB and 180 ms for these lines.

const API_VERSION = '2019-08-01';
const TIME_LIMIT_MS = 5_000;
/** A token is renewed this long before it ends. */
const MARGIN_MS = 300_000;

export interface IdentityPlan {
  readonly endpoint: string;
  readonly header: string;
  /** Of a user-assigned identity; absent for the system-assigned one. */
  readonly clientId?: string;
}

/** As `TokenCredential` of @azure/core-auth. */
export interface TokenCredential {
  getToken(scopes: string | string[]): Promise<AccessToken>;
}

interface AccessToken {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresOnTimestamp: number;
}

/** Keeps one token, for any caller: a credential is for one scope. */
export function createIdentityCredential(plan: IdentityPlan): TokenCredential {
  let current: Promise<AccessToken> | undefined;
  let isDue = (): boolean => true;
  return {
    getToken(scopes) {
      if (current && !isDue()) return current;
      isDue = () => false;
      current = fetchToken(plan, [scopes].flat()[0] ?? '').then(
        (token) => {
          isDue = dueIn(token.expiresOnTimestamp - MARGIN_MS - Date.now());
          return token;
        },
        (error) => {
          isDue = () => true;
          throw error;
        },
      );
      return current;
    },
  };
}

/**
 * Uses the clock that says so first: the machine's may be set back, and the other one stops
 * while the machine sleeps.
 */
function dueIn(ms: number): () => boolean {
  const dueAt = performance.now() + ms;
  const dueOn = Date.now() + ms;
  return () => performance.now() >= dueAt || Date.now() >= dueOn;
}

/** @throws Error naming the status when no token was given. */
async function fetchToken(plan: IdentityPlan, scope: string): Promise<AccessToken> {
  const url = new URL(plan.endpoint);
  url.searchParams.set('api-version', API_VERSION);
  url.searchParams.set('resource', scope.replace(/\/+\.default$/, ''));
  if (plan.clientId) url.searchParams.set('client_id', plan.clientId);
  const response = await fetch(url, {
    headers: { 'X-IDENTITY-HEADER': plan.header },
    signal: AbortSignal.timeout(TIME_LIMIT_MS),
  });
  if (!response.ok) throw new Error(`The identity endpoint answered ${response.status}.`);
  const body = (await response.json()) as { access_token?: unknown; expires_on?: unknown };
  if (typeof body.access_token !== 'string')
    throw new Error('The identity endpoint gave no token.');
  // Seconds since 1970, as a text in this version of the interface.
  return { token: body.access_token, expiresOnTimestamp: Number(body.expires_on) * 1000 };
}
