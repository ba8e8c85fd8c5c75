// Checks a deployment from the view of a caller without credentials: whether it is this host, who
// may call each server, and what servers that require tokens tell their clients.

import type { ServerConfig } from '../../config/schema.ts';
import { type Answer, type Ask, describe, readJson, type Unanswered } from './ask.ts';
import { attempt } from './attempt.ts';
import type { Deployment } from './deployment.ts';
import { compare, isListOfTexts, type Row, type Rows, shown, shownValue } from './row.ts';

/** What a server that wants tokens tells its clients, as far as it could be read. */
export interface ServerDocument {
  readonly server: ServerConfig;
  readonly resource: string;
  readonly issuer: string;
  readonly scopes: readonly string[];
}

/** Who has to be named as the issuer of a server's tokens. */
export interface ExpectedIssuer {
  readonly text: string;
  readonly accepts: (issuer: string) => boolean;
}

const GROUP = 'deployed';

/** @returns the documents of the servers that want tokens; empty when the address is not ours */
export async function* checkDeployed(
  ask: Ask,
  deployment: Deployment,
  servers: readonly ServerConfig[],
  issuerOf: (server: ServerConfig) => ExpectedIssuer,
): AsyncGenerator<Row, ServerDocument[], void> {
  const { baseUrl, appUrl = baseUrl } = deployment;
  yield* compareServers(deployment, servers);
  if (!(yield* checkHealth(ask, appUrl))) return [];
  if (appUrl !== baseUrl) yield* checkBehindGateway(ask, appUrl, servers);
  const documents: ServerDocument[] = [];
  for (const server of servers) {
    const place = { group: GROUP, check: server.name } as const;
    const found = yield* attempt(place, () => checkServer(ask, deployment, server, issuerOf));
    if (found === 'silent') break;
    if (found !== undefined) documents.push(found);
  }
  return documents;
}

async function* checkServer(
  ask: Ask,
  deployment: Deployment,
  server: ServerConfig,
  issuerOf: (server: ServerConfig) => ExpectedIssuer,
): AsyncGenerator<Row, ServerDocument | 'silent' | undefined, void> {
  const { baseUrl } = deployment;
  const answer = await ask({ url: baseUrl + server.path, json: PING });
  if ('failure' in answer) {
    yield unreachable(server.name, answer);
    return 'silent';
  }
  yield judgeAccess(server, answer);
  if (!wantsToken(server)) return undefined;
  const document = yield* checkDocument(ask, baseUrl, server, issuerOf(server));
  if (answer.status === 401) yield judgeChallenge(baseUrl, server, answer, document);
  if (document !== undefined && server.auth === 'entra') yield judgeScopes(deployment, document);
  return document;
}

/** The host answers it by itself; no tool runs. */
const PING = { jsonrpc: '2.0', id: 1, method: 'ping' };

function wantsToken({ auth }: ServerConfig): boolean {
  return auth === 'entra' || auth === 'jwt';
}

function unreachable(name: string, { failure, fix }: Unanswered): Row {
  const check = `${name}: access without credentials`;
  const further = `${fix} (the other servers were not checked)`;
  return {
    group: GROUP,
    check,
    result: 'problem',
    expected: 'an answer',
    came: failure,
    fix: further,
  };
}

/** Only what was deployed is there; a change of servers.yaml since then is not. */
async function* compareServers(
  { deployedServers }: Deployment,
  servers: readonly ServerConfig[],
): Rows {
  if (deployedServers === undefined) return;
  const line = ({ name, path, auth }: { name: string; path: string; auth: string }) =>
    `${name} ${path} ${auth}`;
  const here = new Set(servers.map(line));
  const there = new Set(deployedServers.map(line));
  const differing = [
    ...servers.filter((server) => !there.has(line(server))).map(({ name }) => name),
    ...deployedServers.filter((server) => !here.has(line(server))).map(({ name }) => name),
  ];
  yield compare({
    group: GROUP,
    check: 'servers',
    expected: 'the last deployment has the servers of servers.yaml',
    isExpected: differing.length === 0,
    came: differing.length === 0 ? `all ${servers.length}` : `other: ${unique(differing)}`,
    fix: 'azd up',
  });
}

function unique(names: readonly string[]): string {
  return [...new Set(names)].map((name) => shown(name)).join(', ');
}

/** @returns whether it is worth while, and right, to ask this address more */
async function* checkHealth(ask: Ask, appUrl: string): AsyncGenerator<Row, boolean, void> {
  const answer = await ask({ url: `${appUrl}/healthz` });
  const isOurs =
    !('failure' in answer) && answer.status === 200 && readJson(answer)?.status === 'alive';
  yield compare({
    group: GROUP,
    check: appUrl,
    expected: 'this host: /healthz says "alive"',
    isExpected: isOurs,
    came: isOurs ? 'alive' : describe(answer),
    fix: `${explainStranger(answer)} (the doctor sent nothing else there)`,
  });
  return isOurs;
}

function explainStranger(answer: Answer | Unanswered): string {
  if ('failure' in answer) return answer.fix;
  if (answer.status === 404)
    return 'this host is not deployed there: run azd deploy, or correct the address';
  if (answer.status === 401)
    return 'the route for /healthz is not deployed (run azd provision), or this is a different app';
  if (answer.status === 403)
    return 'the app is stopped, is closed to this network, or is a different app';
  if (answer.status >= 500) return 'the host does not start: see its log (docs/functions.md)';
  return 'this is not an mcp-host: correct the address';
}

/** Past a gateway only servers for all callers may be called without a key. */
async function* checkBehindGateway(
  ask: Ask,
  appUrl: string,
  servers: readonly ServerConfig[],
): Rows {
  for (const server of servers.filter(({ auth }) => auth !== 'anonymous')) {
    const answer = await ask({ url: appUrl + server.path, json: PING });
    const isClosed =
      !('failure' in answer) &&
      answer.status === 401 &&
      answer.header('www-authenticate') === undefined;
    yield compare({
      group: GROUP,
      check: `${server.name}: past the gateway`,
      expected: '401, because the Functions app requires a key',
      isExpected: isClosed,
      came: describe(answer),
      fix: 'run azd provision: the routes of the app do not match the gateway',
    });
  }
}

const ACCESS_OF: Readonly<Record<ServerConfig['auth'], string>> = {
  anonymous: '200 for every caller',
  function: '401 without a key',
  entra: '401 with a challenge',
  jwt: '401 with a challenge',
};

function judgeAccess(server: ServerConfig, answer: Answer): Row {
  const { auth, name } = server;
  const reply = readJson(answer);
  const isChallenge = /^Bearer /i.test(answer.header('www-authenticate') ?? '');
  const isExpected =
    auth === 'anonymous'
      ? answer.status === 200 && reply?.jsonrpc === '2.0' && reply.result !== undefined
      : answer.status === 401 && isChallenge === wantsToken(server);
  const isError = reply?.jsonrpc === '2.0' && reply.error !== undefined;
  const came = [
    describe(answer),
    ...(answer.status === 200 && isError ? ['a JSON-RPC error'] : []),
    ...(isChallenge ? ['a challenge'] : []),
  ].join(' and ');
  return compare({
    group: GROUP,
    check: `${name}: access without credentials`,
    expected: ACCESS_OF[auth],
    isExpected,
    came,
    fix: explainAccess(server, answer),
  });
}

function explainAccess({ auth, name }: ServerConfig, { status }: Answer): string {
  if (status === 200 && auth === 'anonymous')
    return 'it does not answer a ping: check the log of the app';
  if (status === 200) return `everyone can call ${name}, and no one should: run azd up now`;
  if (status === 404) return 'the deployment does not have this server: run azd up';
  if (status === 503) return 'it is unavailable: its log line at startup says why';
  if (status === 502) return 'the gateway cannot reach the app, or has the wrong key: run azd up';
  if (status === 401) return `it was deployed with a different "auth" than ${auth}: run azd up`;
  if (status === 429) return 'a rate limit: try again in a minute';
  return 'run azd up; if that does not help, check the log of the app';
}

/** RFC 9728, 3: between host and path. */
function documentUrl(baseUrl: string, { path }: ServerConfig): string {
  return `${baseUrl}/.well-known/oauth-protected-resource${path}`;
}

async function* checkDocument(
  ask: Ask,
  baseUrl: string,
  server: ServerConfig,
  issuer: ExpectedIssuer,
): AsyncGenerator<Row, ServerDocument | undefined, void> {
  const answer = await ask({ url: documentUrl(baseUrl, server) });
  const found = 'failure' in answer || answer.status !== 200 ? undefined : readJson(answer);
  const resource = baseUrl + server.path;
  const { authorization_servers: issuers, scopes_supported: scopes = [] } = found ?? {};
  const [authority] = isListOfTexts(issuers) ? issuers : [];
  const isExpected =
    found?.resource === resource && issuer.accepts(authority ?? '') && isListOfTexts(scopes);
  yield compare({
    group: GROUP,
    check: `${server.name}: document`,
    expected: `resource ${resource}, issuer ${issuer.text}`,
    isExpected,
    came: describeDocument(answer, found, isExpected),
    fix:
      found !== undefined && found.resource !== resource
        ? 'clients refuse this document, because MCP_PUBLIC_BASE_URL of the app is a different address: run azd provision to set it'
        : 'run azd up; in another Azure cloud, also set AZURE_AUTHORITY_HOST here',
  });
  if (!isExpected || authority === undefined) return undefined;
  return { server, resource, issuer: authority, scopes };
}

function describeDocument(
  answer: Answer | Unanswered,
  found: Readonly<Record<string, unknown>> | undefined,
  isExpected: boolean,
): string {
  if (isExpected) return 'that document';
  if (found === undefined) return describe(answer);
  const { resource, authorization_servers: issuers, scopes_supported: scopes } = found;
  const said = `resource ${shownValue(resource)}, issuer ${shownValue(issuers)}`;
  const isReadable = scopes === undefined || isListOfTexts(scopes);
  return isReadable ? said : `${said}, scopes ${shownValue(scopes)}`;
}

/** Most clients find the document, and the scopes, by the challenge. */
function judgeChallenge(
  baseUrl: string,
  server: ServerConfig,
  answer: Answer,
  document: ServerDocument | undefined,
): Row {
  const challenge = answer.header('www-authenticate') ?? '';
  const parameter = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(challenge)?.[1];
  const metadata = parameter('resource_metadata');
  const scope = parameter('scope') ?? '';
  const scopes = document?.scopes.join(' ') ?? scope;
  const url = documentUrl(baseUrl, server);
  return compare({
    group: GROUP,
    check: `${server.name}: challenge`,
    expected: `it names ${url} and the scopes of the document`,
    isExpected: metadata === url && scope === scopes,
    came:
      challenge === ''
        ? 'none'
        : metadata !== url
          ? `it names ${shown(metadata ?? 'no document')}`
          : `scope "${shown(scope)}"`,
    fix: 'run azd up; if you use your own gateway, it must pass WWW-Authenticate on unchanged',
  });
}

/** Entra takes `resource` and a scope only when both are of one app. */
function judgeScopes(
  { hasServerUris, resourceAppId }: Deployment,
  { server, resource, scopes }: ServerDocument,
): Row {
  const check = `${server.name}: form of the scopes`;
  const expected = `each begins with ${resource}/`;
  const came = scopes.length === 0 ? 'no scopes' : shown(scopes.join(' '));
  const prefixes = scopes.map((scope) => scope.slice(0, scope.lastIndexOf('/') + 1));
  const row = { group: GROUP, check, expected, came } as const;
  if (scopes.length > 0 && prefixes.every((prefix) => prefix === `${resource}/`)) {
    return { ...row, result: 'expected' };
  }
  const isOfApp = (prefix: string) =>
    resourceAppId === undefined ? /^[\da-f-]{36}\/$/.test(prefix) : prefix === `${resourceAppId}/`;
  if (scopes.length === 0 || !prefixes.every(isOfApp)) {
    const fix =
      'run azd up: Entra looks for such a scope at a different app (AADSTS650053, 9010010)';
    return { ...row, result: 'problem', fix };
  }
  if (!hasServerUris) {
    const fix = 'clients that send "resource" cannot sign in, because ENTRA_SERVER_URIS is none';
    return { ...row, result: 'noted', fix };
  }
  const fix =
    'it is not documented whether Entra accepts this form together with "resource": run azd up';
  return { ...row, result: 'unknown', fix };
}
