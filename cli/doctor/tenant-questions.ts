// Tests undocumented behavior of Entra in a real tenant (`--questions`). The answers are recorded;
// none of them is right or wrong.

import type { Ask } from './ask.ts';
import { CLIENT_REQUESTS } from './client-requests.ts';
import type { ServerDocument } from './deployed.ts';
import type { Deployment } from './deployment.ts';
import { type AuthorizeRequest, sendAuthorize } from './entra-clients.ts';
import type { Rows } from './row.ts';

const GROUP = 'questions';

/** Registered nowhere. */
const STRANGE_REDIRECT_URI = 'http://localhost/mcp-host-doctor/not-registered';

/** Questions that a request without a sign-in answers. */
const probes: readonly {
  readonly check: string;
  readonly expected: string;
  readonly change: (
    request: AuthorizeRequest,
    ids: { resourceAppId: string; scopes: readonly string[] },
  ) => AuthorizeRequest;
}[] = [
  {
    check: 'scope <client id>/<scope> with resource',
    expected: 'unknown; both belong to the same app, so Entra should accept it',
    change: (request, { resourceAppId, scopes }) => ({
      ...request,
      scope: scopes.map((scope) => `${resourceAppId}/${scope}`).join(' '),
    }),
  },
  {
    check: 'bare scope with resource',
    expected: 'AADSTS9010010, according to reports',
    change: (request, { scopes }) => ({ ...request, scope: scopes.join(' ') }),
  },
  {
    check: 'redirect URI that is not registered',
    expected: 'unknown; an error page before or after the sign-in',
    change: (request) => ({ ...request, redirectUri: STRANGE_REDIRECT_URI }),
  },
];

/** Questions that only a person at a client can answer. */
const BY_HAND: readonly { check: string; expected: string; fix: string }[] = [
  {
    check: 'refresh with resource and without scope',
    expected: 'unknown; a new token, or AADSTS9010010',
    fix: 'sign in with Claude Code, wait for the token to expire (an hour), and call a tool',
  },
  {
    check: 'prompt=consent, pre-authorized, by a user who may not consent',
    expected: 'AADSTS90094, according to reports',
    fix: 'sign in with mcp-remote as such a user',
  },
];

/** @param document of one server with `auth: entra`; the answers are the same for all */
export async function* askTenant(
  ask: Ask,
  endpoint: string,
  { clientId, resourceAppId }: Deployment,
  { server, resource, scopes }: ServerDocument,
): Rows {
  const loopback = CLIENT_REQUESTS.find(({ id }) => id === 'claude-code');
  if (clientId !== undefined && resourceAppId !== undefined && loopback !== undefined) {
    const { redirectUri } = loopback;
    const scope = scopes.join(' ');
    const request = { clientId, redirectUri, scope, resource, promptsConsent: false };
    for (const { check, expected, change } of probes) {
      const changed = change(request, { resourceAppId, scopes: server.scopes });
      const { came } = await sendAuthorize(ask, endpoint, changed);
      yield { group: GROUP, check, result: 'noted', expected, came };
    }
  }
  for (const row of BY_HAND) {
    yield { group: GROUP, result: 'skipped', came: 'skipped: it needs a sign-in', ...row };
  }
}
