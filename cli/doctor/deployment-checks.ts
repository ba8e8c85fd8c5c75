// Everything that `doctor --deployed` looks at, in its order: addresses and servers, issuers,
// clients, registrations.

import { type Environment, readEnvironment } from '../../config/env.ts';
import { publicUrl } from '../../config/formats.ts';
import { loadConfig } from '../../config/load.ts';
import type { ServerConfig } from '../../config/schema.ts';
import { hasPath } from '../../config/server-path.ts';
import { UsageError } from '../usage.ts';
import type { Ask } from './ask.ts';
import { attempt, attemptRead } from './attempt.ts';
import { DEFAULT_CLIENTS } from './client-requests.ts';
import { checkDeployed, type ExpectedIssuer, type ServerDocument } from './deployed.ts';
import { type Deployment, deploymentOfAzd, listOf } from './deployment.ts';
import { checkEntraClients, untestable } from './entra-clients.ts';
import { checkManifest } from './entra-manifest.ts';
import { checkIssuer, configurationOf, type Discovery, type Issuer, jwtIssuer } from './issuer.ts';
import type { Row, Rows } from './row.ts';
import { askTenant } from './tenant-questions.ts';

const GROUP = 'deployed';

/** What of a deployment is looked at. */
export interface Scope {
  /** Instead of the azd environment. */
  readonly url?: string | undefined;
  readonly clientId?: string | undefined;
  readonly server?: string | undefined;
  readonly client?: string | undefined;
  readonly questions?: boolean | undefined;
  /** How long azd and az may take, each time. */
  readonly toolTimeoutMs: number;
}

/** @throws UsageError for an unknown server or address */
export async function* checkDeployment(ask: Ask, scope: Scope): Rows {
  const settings = { group: GROUP, check: 'settings' } as const;
  const environment = yield* attemptRead(settings, () => readEnvironment());
  if (environment === undefined) return;
  const file = { group: GROUP, check: 'servers.yaml' } as const;
  const servers = yield* attemptRead(file, () => chooseServers(environment, scope.server));
  const { url } = scope;
  const place = { group: GROUP, check: url === undefined ? 'azd environment' : 'address' } as const;
  const deployment = yield* attemptRead(place, () =>
    url === undefined
      ? deploymentOfAzd(scope.server, scope.toolTimeoutMs)
      : fromUrl(url, scope.clientId),
  );
  if (servers === undefined || deployment === undefined) return;
  const expectedIssuer = (server: ServerConfig) => issuerFor(server, deployment, environment);
  const deployed = { group: GROUP, check: 'deployment' } as const;
  const documents =
    (yield* attempt(deployed, () => checkDeployed(ask, deployment, servers, expectedIssuer))) ?? [];
  const discoveries = yield* checkIssuers(ask, documents);
  yield* checkClients(ask, deployment, documents, discoveries, scope);
  const entra = servers.filter(({ auth }) => auth === 'entra');
  // Without an azd environment no one knows which registrations are meant.
  if (url === undefined && entra.length > 0) {
    yield* attempt({ group: 'manifest', check: 'registrations' }, () =>
      checkManifest(deployment, entra, scope.toolTimeoutMs),
    );
  }
}

/** @throws UsageError for an unknown server */
function chooseServers({ serversFile }: Environment, wanted: string | undefined): ServerConfig[] {
  const servers = loadConfig(serversFile).servers.filter(
    (server) => server.enabled && hasPath(server),
  );
  if (wanted === undefined) return servers;
  const chosen = servers.filter(({ name }) => name === wanted);
  if (chosen.length > 0) return chosen;
  const names = servers.map(({ name }) => name).join(', ');
  throw new UsageError(`--server: expected one of ${names}, got ${JSON.stringify(wanted)}`);
}

function fromUrl(url: string, clientId: string | undefined): Deployment {
  const baseUrl = url.replace(/\/$/, '');
  const problem = publicUrl.explain(baseUrl);
  if (problem !== undefined) {
    throw new UsageError(`--url: expected ${problem.expected}. Fix: ${problem.fix}`);
  }
  const known = clientId === undefined ? {} : { clientId };
  return {
    baseUrl,
    chosenClients: listOf(DEFAULT_CLIENTS),
    furtherRedirectUris: [],
    hasServerUris: true,
    ...known,
  };
}

/** Without an azd environment any tenant of the cloud will do: the document says which. */
function issuerFor(
  server: ServerConfig,
  { tenantId }: Deployment,
  { authorityHost }: Environment,
): ExpectedIssuer {
  const known =
    server.auth === 'jwt' ? server.jwt?.issuer : tenantId && `${authorityHost}/${tenantId}/v2.0`;
  if (known !== undefined) return { text: known, accepts: (issuer) => issuer === known };
  const accepts = (issuer: string) =>
    issuer.startsWith(`${authorityHost}/`) &&
    /^[0-9a-f-]{36}\/v2\.0$/.test(issuer.slice(authorityHost.length + 1));
  return { text: `${authorityHost}/<tenant>/v2.0`, accepts };
}

/** Each issuer once. @returns what they said, by issuer */
async function* checkIssuers(
  ask: Ask,
  documents: readonly ServerDocument[],
): AsyncGenerator<Row, ReadonlyMap<string, Discovery>, void> {
  const discoveries = new Map<string, Discovery>();
  const issuers = new Map<string, Issuer>(
    documents.map(({ server, issuer }) => [
      issuer,
      server.auth === 'jwt' && server.jwt !== undefined
        ? jwtIssuer(server.jwt)
        : { issuer, openIdConfigUrl: configurationOf(issuer) },
    ]),
  );
  for (const issuer of issuers.values()) {
    const place = {
      group: 'issuer',
      check: `discovery of ${new URL(issuer.issuer).host}`,
    } as const;
    const discovery = yield* attempt(place, () => checkIssuer(ask, issuer, 'issuer'));
    if (discovery !== undefined) discoveries.set(issuer.issuer, discovery);
  }
  return discoveries;
}

async function* checkClients(
  ask: Ask,
  deployment: Deployment,
  documents: readonly ServerDocument[],
  discoveries: ReadonlyMap<string, Discovery>,
  { client, questions }: Scope,
): Rows {
  // No one here knows a client id that such an issuer knows.
  for (const document of documents.filter(({ server }) => server.auth === 'jwt')) {
    yield notAsked(document, 'cannot be tested: it needs a client id of that issuer (auth: jwt)');
  }
  const entra = documents.filter(({ server }) => server.auth === 'entra');
  const silent = new Set<string>();
  for (const document of entra) {
    const endpoint = discoveries.get(document.issuer)?.authorizationEndpoint;
    if (endpoint === undefined)
      yield notAsked(document, 'the discovery document of its issuer cannot be read');
    else {
      yield* attempt({ group: 'clients', check: `${document.server.name}: sign-in` }, () =>
        checkEntraClients(ask, endpoint, deployment, document, silent, client),
      );
    }
  }
  const [first] = entra;
  const endpoint = first && discoveries.get(first.issuer)?.authorizationEndpoint;
  if (endpoint && client === undefined) yield* untestable();
  if (questions && first && endpoint) {
    const place = { group: 'questions', check: 'questions' } as const;
    yield* attempt(place, () => askTenant(ask, endpoint, deployment, first));
  }
}

function notAsked({ server }: ServerDocument, came: string): Row {
  const expected = 'the sign-in page of its issuer';
  return { group: 'clients', check: `${server.name}: sign-in`, result: 'skipped', expected, came };
}
