// Reads the Entra apps from the directory through the Azure CLI, because unauthenticated requests
// cannot show them. It changes nothing and never sees a token.

import { z } from 'zod';
import type { ServerConfig } from '../../config/schema.ts';
import { runTool } from '../command-line-tool.ts';
import { CLIENT_REQUESTS, VS_CODE_CLIENT_ID } from './client-requests.ts';
import type { Deployment } from './deployment.ts';
import { isChosen, redirectUriFor } from './entra-clients.ts';
import { compare, type Row, type Rows, shown } from './row.ts';

const GROUP = 'manifest';

const redirects = z.object({ redirectUris: z.array(z.string()).default([]) }).prefault({});
const appRegistration = z.object({
  appId: z.string(),
  signInAudience: z.string().nullish(),
  identifierUris: z.array(z.string()).default([]),
  publicClient: redirects,
  web: redirects,
  spa: redirects,
  api: z
    .object({
      requestedAccessTokenVersion: z.number().nullish(),
      oauth2PermissionScopes: z
        .array(z.object({ id: z.string(), value: z.string(), isEnabled: z.boolean() }))
        .default([]),
      preAuthorizedApplications: z
        .array(z.object({ appId: z.string(), delegatedPermissionIds: z.array(z.string()) }))
        .default([]),
    })
    .prefault({}),
});
type AppRegistration = z.infer<typeof appRegistration>;

/**
 * @param servers those with `auth: entra`
 * @param timeoutMs for each call of az
 */
export async function* checkManifest(
  deployment: Deployment,
  servers: readonly ServerConfig[],
  timeoutMs: number,
): Rows {
  const askAz: AskAz = (args) => runAz(args, timeoutMs);
  const account = readAccount(askAz, deployment);
  yield account;
  if (account.result !== 'expected') return;
  const resourceApp = findApp(askAz, 'ENTRA_CLIENT_ID', deployment.resourceAppId);
  if ('check' in resourceApp) yield resourceApp;
  else yield* checkResourceApp(resourceApp, deployment, servers);
  const clientsApp = findApp(askAz, 'MCP_CLIENT_ID', deployment.clientId);
  if ('check' in clientsApp) yield clientsApp;
  else yield* checkClientsApp(clientsApp, deployment, servers);
  if (!('check' in resourceApp)) yield* checkAssignment(askAz, resourceApp.appId);
}

type AskAz = (args: readonly string[]) => { stdout: string } | { came: string; fix: string };

function readAccount(askAz: AskAz, { tenantId }: Deployment): Row {
  const row = {
    group: GROUP,
    check: 'Azure CLI',
    expected: `signed in to ${tenantId ?? 'a tenant'}`,
  } as const;
  const outcome = askAz(['account', 'show', '--query', 'tenantId', '--output', 'tsv']);
  if ('came' in outcome) return { ...row, result: 'unknown', ...outcome };
  const came = outcome.stdout.trim();
  if (tenantId === undefined || came === tenantId) return { ...row, result: 'expected', came };
  const fix = `az login --tenant ${tenantId}`;
  return { ...row, result: 'unknown', came: `signed in to ${shown(came)}`, fix };
}

function runAz(args: readonly string[], timeoutMs: number): ReturnType<AskAz> {
  const outcome = runTool('az', args, timeoutMs);
  if (outcome === undefined) {
    return { came: 'az cannot be started', fix: 'install the Azure CLI, then az login' };
  }
  if (outcome.status === 0) return outcome;
  const isSignedOut = /az login|AADSTS/.test(outcome.complaint);
  return isSignedOut
    ? { came: 'az is not signed in', fix: 'az login' }
    : {
        came: shown(outcome.complaint || 'az failed'),
        fix: `run it by hand: az ${args.join(' ')}`,
      };
}

function findApp(askAz: AskAz, variable: string, id: string | undefined): AppRegistration | Row {
  const row = { group: GROUP, check: `app ${variable}`, expected: 'its registration' } as const;
  if (id === undefined) {
    return { ...row, result: 'problem', came: `${variable} is not set`, fix: 'azd provision' };
  }
  if (!/^[\da-f-]{36}$/i.test(id)) {
    return { ...row, result: 'problem', came: 'no GUID', fix: 'azd env refresh' };
  }
  const outcome = askAz(['ad', 'app', 'show', '--id', id, '--output', 'json']);
  if ('came' in outcome) return { ...row, result: 'unknown', ...outcome };
  try {
    return appRegistration.parse(JSON.parse(outcome.stdout));
  } catch {
    const fix = 'update the Azure CLI';
    return { ...row, result: 'unknown', came: 'az printed something else', fix };
  }
}

async function* checkResourceApp(
  app: AppRegistration,
  { baseUrl, hasServerUris, clientId }: Deployment,
  servers: readonly ServerConfig[],
): Rows {
  const { requestedAccessTokenVersion: version, oauth2PermissionScopes: scopes } = app.api;
  yield compare({
    group: GROUP,
    check: 'servers app: version of tokens',
    expected: '2',
    isExpected: version === 2,
    came: String(version ?? 'none'),
    fix: 'run azd provision; Entra accepts addresses below azurewebsites.net only with this setting',
  });
  for (const server of servers) {
    const resource = baseUrl + server.path;
    const isThere = app.identifierUris.includes(resource);
    yield compare({
      group: GROUP,
      check: `${server.name}: identifier URI`,
      expected: hasServerUris ? resource : 'none (ENTRA_SERVER_URIS=none)',
      isExpected: isThere === hasServerUris,
      came: isThere ? 'it is registered' : 'it is not registered',
      fix: 'run azd provision; if the tenant refuses it: azd env set ENTRA_SERVER_URIS none',
    });
    const missing = server.scopes.filter(
      (scope) => !scopes.some(({ value, isEnabled }) => value === scope && isEnabled),
    );
    yield compare({
      group: GROUP,
      check: `${server.name}: scopes`,
      expected: `enabled: ${server.scopes.join(', ')}`,
      isExpected: missing.length === 0,
      came: missing.length === 0 ? 'enabled' : `missing or disabled: ${missing.join(', ')}`,
      fix: 'azd provision',
    });
    for (const id of [VS_CODE_CLIENT_ID, clientId].filter((each) => each !== undefined)) {
      yield checkPreAuthorization(app, server.name, server.scopes, id);
    }
  }
}

function checkPreAuthorization(
  { api }: AppRegistration,
  name: string,
  scopes: readonly string[],
  id: string,
): Row {
  const ids = api.oauth2PermissionScopes
    .filter(({ value }) => scopes.includes(value))
    .map((scope) => scope.id);
  const granted = api.preAuthorizedApplications.find(({ appId }) => appId === id);
  const isExpected = ids.every((each) => granted?.delegatedPermissionIds.includes(each));
  const who = id === VS_CODE_CLIENT_ID ? 'VS Code' : 'the clients app';
  return compare({
    group: GROUP,
    check: `${name}: pre-authorization of ${who}`,
    expected: 'for all scopes of the server',
    isExpected,
    came: isExpected ? 'for all' : granted === undefined ? 'none' : 'for some',
    fix: 'run azd provision; without it, users must give consent or are not allowed to (AADSTS65001, 90094)',
  });
}

async function* checkClientsApp(
  app: AppRegistration,
  deployment: Deployment,
  servers: readonly ServerConfig[],
): Rows {
  const { baseUrl, resourceAppId, furtherRedirectUris } = deployment;
  yield compare({
    group: GROUP,
    check: 'clients app: a separate app',
    expected: 'a different app than the servers app',
    isExpected: app.appId !== resourceAppId,
    came: app.appId === resourceAppId ? 'the same app' : 'another app',
    fix: 'run azd provision; if both are one app, every refresh of a token fails (AADSTS90009)',
  });
  const own = CLIENT_REQUESTS.filter(
    (request) => request.ownClientId === undefined && isChosen(request, deployment),
  );
  const wanted = new Map([
    ...furtherRedirectUris.map((uri) => [uri, 'ENTRA_REDIRECT_URIS'] as const),
    ...own.flatMap(({ client, redirectUri }) =>
      servers.map(({ path }) => [redirectUriFor(redirectUri, baseUrl + path), client] as const),
    ),
  ]);
  for (const [uri, client] of wanted) yield checkRedirect(app, uri, client);
}

/** Entra ignores the port of localhost and 127.0.0.1, and nothing else. */
function withoutLoopbackPort(uri: string): string {
  return uri.replace(/^(http:\/\/(?:localhost|127\.0\.0\.1)):\d+(?=\/|$)/, '$1');
}

function checkRedirect(app: AppRegistration, uri: string, client: string): Row {
  const sent = withoutLoopbackPort(uri);
  const has = ({ redirectUris }: { redirectUris: readonly string[] }) =>
    redirectUris.some((each) => withoutLoopbackPort(each) === sent);
  const platform = (['publicClient', 'web', 'spa'] as const).find((each) => has(app[each]));
  return compare({
    group: GROUP,
    check: `clients app: redirect URI of ${client}`,
    expected: `${sent} on the platform publicClient`,
    isExpected: platform === 'publicClient',
    came: platform === undefined ? 'it is not registered' : `it is on the platform ${platform}`,
    fix:
      platform === undefined
        ? 'set ENTRA_CLIENTS or ENTRA_REDIRECT_URIS, then run azd provision (otherwise AADSTS50011)'
        : 'run azd provision to move it to publicClient (otherwise AADSTS7000218 or 9002326)',
  });
}

async function* checkAssignment(askAz: AskAz, appId: string): Rows {
  const row = { group: GROUP, check: 'servers app: who may sign in', expected: 'any' } as const;
  const query = ['--query', 'appRoleAssignmentRequired', '--output', 'tsv'];
  const outcome = askAz(['ad', 'sp', 'show', '--id', appId, ...query]);
  if ('came' in outcome) yield { ...row, result: 'unknown', ...outcome };
  else if (outcome.stdout.trim() === 'false') {
    yield { ...row, result: 'noted', came: 'everyone in the tenant' };
  } else {
    const fix = 'other users get AADSTS50105: assign them, or set ENTRA_ASSIGNMENT_REQUIRED=false';
    yield { ...row, result: 'noted', came: 'only assigned users', fix };
  }
}
