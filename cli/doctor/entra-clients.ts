// The authorize request of each client, sent without a browser and without a sign-in: which errors
// a client would meet before anybody has typed a name. What comes after the sign-in cannot be seen
// from here.

import { createHash, randomBytes } from 'node:crypto';
import type { Ask } from './ask.ts';
import {
  type Basis,
  CLIENT_REQUESTS,
  type ClientRequest,
  SERVER_PART,
  UNTESTABLE_CLIENTS,
} from './client-requests.ts';
import type { ServerDocument } from './deployed.ts';
import type { Deployment } from './deployment.ts';
import { RESOURCE_CODES } from './entra-codes.ts';
import type { Row, Rows } from './row.ts';
import { judgeSignInAnswer, type Verdict } from './sign-in-answer.ts';

/** What no request without a sign-in can show. */
export const NOT_SEEN =
  'Not seen before a sign-in: consent (AADSTS65001, 90094), assignment (50105), a second factor, the platform of a ' +
  'redirect URI (7000218, 9002326), an unregistered redirect URI (50011), refresh (90009).';

const GROUP = 'clients';

/** Said of a request that was not measured. */
const BASES: Readonly<Record<Basis, string>> = {
  measured: '',
  written: ' (the request: written, not recorded)',
  source: ' (the request: from its source)',
  reports: ' (the request: from reports)',
};

/** Beside state and PKCE, which are new for each request. */
export interface AuthorizeRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scope: string;
  readonly resource: string;
  readonly promptsConsent: boolean;
}

/**
 * @param silent endpoints that gave no answer; they are not asked again
 * @param wanted `--client`; undefined: all
 */
export async function* checkEntraClients(
  ask: Ask,
  endpoint: string,
  deployment: Deployment,
  document: ServerDocument,
  silent: Set<string>,
  wanted: string | undefined,
): Rows {
  const chosen = CLIENT_REQUESTS.filter(({ id }) => wanted === undefined || id === wanted);
  for (const request of chosen) {
    const row = {
      group: GROUP,
      check: `${document.server.name}: ${request.client}`,
      expected: 'the sign-in page',
    } as const;
    const authorize = authorizeRequest(request, deployment, document);
    if ('skipped' in authorize) {
      yield { ...row, result: 'skipped', came: authorize.skipped, fix: authorize.fix };
      continue;
    }
    if (silent.has(endpoint)) {
      yield {
        ...row,
        result: 'skipped',
        came: 'skipped: the issuer did not answer an earlier request',
      };
      continue;
    }
    const answer = await sendAuthorize(ask, endpoint, authorize);
    const verdict = deployment.hasServerUris ? answer : withoutServerUris(answer);
    if (verdict.isSilent) silent.add(endpoint);
    const { result, came, fix } = verdict;
    const known = { ...row, result, came: came + BASES[request.basis] };
    yield fix === undefined ? known : { ...known, fix };
  }
}

/** Without identifier URIs by choice, clients that send `resource` are refused by choice, too. */
function withoutServerUris(verdict: Verdict): Verdict {
  if (verdict.code === undefined || !RESOURCE_CODES.includes(verdict.code)) return verdict;
  const fix = 'clients that send "resource" cannot sign in, because ENTRA_SERVER_URIS is none';
  return { ...verdict, result: 'noted', fix };
}

/** Clients that are never asked, once for the whole table. */
export function untestable(): Row[] {
  return UNTESTABLE_CLIENTS.map(({ client, because }) => ({
    group: GROUP,
    check: client,
    result: 'skipped',
    expected: 'the sign-in page',
    came: `cannot be tested: ${because}`,
  }));
}

function authorizeRequest(
  request: ClientRequest,
  deployment: Deployment,
  { resource, scopes }: ServerDocument,
): AuthorizeRequest | { skipped: string; fix: string } {
  const { redirectUri, ownClientId, chosenBy, asksOfflineAccess, promptsConsent } = request;
  if (!isChosen(request, deployment)) {
    const fix = `add ${chosenBy} to the list in ENTRA_CLIENTS (azd env set ENTRA_CLIENTS LIST), then run azd provision`;
    return {
      skipped: 'this client is not in ENTRA_CLIENTS, so its redirect URI is not registered',
      fix,
    };
  }
  const id = ownClientId ?? deployment.clientId;
  if (id === undefined) {
    return {
      skipped: 'the client id is unknown',
      fix: 'run azd provision, which creates MCP_CLIENT_ID',
    };
  }
  return {
    clientId: id,
    redirectUri: redirectUriFor(redirectUri, resource),
    scope: [...scopes, ...(asksOfflineAccess ? ['offline_access'] : [])].join(' '),
    resource,
    promptsConsent,
  };
}

/** Whether the redirect URI of a client is registered, as far as the settings say. */
export function isChosen(
  { chosenBy, redirectUri }: ClientRequest,
  { chosenClients, furtherRedirectUris }: Deployment,
): boolean {
  return (
    chosenBy === undefined ||
    chosenClients.includes(chosenBy) ||
    furtherRedirectUris.includes(redirectUri)
  );
}

/** Codex makes a path of its own for each server (measured). */
export function redirectUriFor(redirectUri: string, serverUrl: string): string {
  const part = createHash('sha256').update(serverUrl).digest('base64url').slice(0, 12);
  return redirectUri.replace(SERVER_PART, part);
}

/** Nothing is kept of state and verifier: the answer is only looked at. */
export async function sendAuthorize(
  ask: Ask,
  endpoint: string,
  { clientId, redirectUri, scope, resource, promptsConsent }: AuthorizeRequest,
): Promise<Verdict> {
  const state = randomBytes(16).toString('base64url');
  const challenge = createHash('sha256').update(randomBytes(32).toString('base64url'));
  const url = new URL(endpoint);
  const parameters = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope,
    state,
    code_challenge: challenge.digest('base64url'),
    code_challenge_method: 'S256',
    resource,
    ...(promptsConsent && { prompt: 'consent' }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return judgeSignInAnswer(await ask({ url: url.href, paced: true }), { redirectUri, state });
}
