// doctor --deployed against our own host behind the stand-ins of the Functions host and of API
// Management, with the loopback issuers: healthy, and broken in the ways in which deployments
// break.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FunctionsHost } from '../../../standins/functions-host/functions-host.ts';
import { APP_ID, CLIENTS_APP_ID, TENANT_ID } from '../../../standins/openid-issuer/entra-apps.ts';
import { freePort } from '../../e2e/free-port.ts';
import { startStandIn } from '../../e2e/functions/app.ts';
import { openStandIns, type StandIns } from '../../gateway/under-test.ts';
import { cases, gatewayAddresses, literalSettings, readSnapshot } from '../../infra/cases.ts';
import { appsOfCase } from '../../infra/registered-apps.ts';
import {
  entraVariables,
  type Issuers,
  openIssuers,
} from '../../runtime/authorization/guarded-servers.ts';
import { lacksShell, runDoctor, unexpected } from './run-doctor.ts';

const keys = { master: 'master-key', host: ['SECRET-KEY'] };
const modules = resolve(import.meta.dirname, '../../fixtures/servers');

/** One server of each kind. `jwt` needs an address. */
function yamlFor(issuer: string, folder: string): string {
  const path = relative(folder, modules);
  return `servers:
  notes: { module: ${path}/kernel-v2.mjs, auth: jwt, jwt: { issuer: "${issuer}", audience: notes }, scopes: [notes.read] }
  weather: { module: ${path}/kernel-v1.mjs, auth: entra }
  keyed: { module: ${path}/kernel-v1.mjs }
  open: { module: ${path}/kernel-v2.mjs, auth: anonymous }
`;
}

/** The routes that Bicep makes for these servers. */
const routes = {
  AzureFunctionsJobHost__customHandler__http__routes__0__route:
    '{*path:regex(^(healthz|\\.well-known/oauth-protected-resource|notes/mcp|weather/mcp|open/mcp)(/.*)?$)}',
  AzureFunctionsJobHost__customHandler__http__routes__0__authorizationLevel: 'anonymous',
  AzureFunctionsJobHost__customHandler__http__routes__1__route: '{*path}',
  AzureFunctionsJobHost__customHandler__http__routes__1__authorizationLevel: 'function',
};

/** Addresses by which the directory knows the app. */
const identifierUris: string[] = [];
const apps = appsOfCase('gateway').map((app) =>
  app.appId === APP_ID ? { ...app, identifierUris } : app,
);
let issuers: Issuers;
beforeAll(async () => {
  issuers = await openIssuers({ apps });
});
afterAll(() => issuers.stop());

/** What azd knows of a deployment. */
function azdValues(url: string, more: Readonly<Record<string, string>> = {}) {
  return {
    AZURE_ENV_NAME: 'test',
    SERVICE_MCP_URI: url,
    AZURE_TENANT_ID: TENANT_ID,
    ENTRA_CLIENT_ID: APP_ID,
    MCP_CLIENT_ID: CLIENTS_APP_ID,
    MCP_HOST_STATE_KEY: 'SECRET-STATE-KEY',
    ...more,
  };
}

/**
 * The form of the scopes is looked at in sign-in-answers.test.ts; the registrations in
 * manifest.test.ts.
 */
function others(lines: readonly string[]): string[] {
  return lines.filter((line) => !/form of the scopes|Azure CLI|^noted|cannot be tested/.test(line));
}

describe.skipIf(lacksShell)('the app behind the Functions host', () => {
  let app: FunctionsHost;
  let url: string;
  let serversYaml: string;
  let folder: string;
  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    identifierUris.push(`${url}/weather/mcp`);
    folder = mkdtempSync(join(tmpdir(), 'doctor-'));
    serversYaml = yamlFor(issuers.plain.issuer, folder);
    const file = join(folder, 'servers.yaml');
    writeFileSync(file, serversYaml);
    app = await startStandIn({
      port,
      enableAuth: keys,
      environment: {
        ...routes,
        MCP_SERVERS_FILE: file,
        MCP_PUBLIC_BASE_URL: url,
        ...entraVariables(issuers),
      },
    });
  });
  afterAll(async () => {
    await app.stop();
    rmSync(folder, { recursive: true });
  });
  const examine = (
    args: readonly string[] = [],
    more: Readonly<Record<string, string>> = {},
    yaml = serversYaml,
  ) =>
    runDoctor(['--deployed', '--client', 'claude-code', ...args], {
      serversYaml: yaml,
      azd: azdValues(url, more),
      env: { AZURE_AUTHORITY_HOST: issuers.entra.url },
    });

  test('is as expected at every server when it is healthy', async () => {
    const { rows, text } = await examine();
    expect(others(unexpected(rows))).toEqual([]);
    expect(
      rows
        .filter(({ result }) => result === 'expected')
        .map(({ check, came }) => `${check} | ${came}`),
    ).toEqual(
      expect.arrayContaining([
        `${url} | alive`,
        'notes: access without credentials | 401 with application/json and a challenge',
        'weather: document | that document',
        'keyed: access without credentials | 401 without a body',
        'open: access without credentials | 200 with application/json',
        'weather: Claude Code 2.1.332 | a code; this issuer signed in without showing a page',
      ]),
    );
    expect(text).not.toMatch(/SECRET|\bworks?\b/);
  });

  test('says which server is open to everyone and should not be', async () => {
    const yaml = serversYaml.replace(', auth: anonymous', '');
    const { code, rows } = await examine(['--server', 'open'], {}, yaml);
    expect(unexpected(rows)).toEqual([
      'problem | open: access without credentials | 200 with application/json | everyone can call open, and no one should: run azd up now',
    ]);
    expect(code).toBe(1);
  });

  test('says what was added and what was changed since the deployment', async () => {
    const yaml = `${serversYaml}  added: { module: ./x.mjs }\n`;
    const MCP_SERVERS = JSON.stringify([
      { name: 'keyed', path: '/keyed/mcp', auth: 'function' },
      { name: 'gone', path: '/gone/mcp', auth: 'function' },
    ]);
    const lines = async (...args: string[]) =>
      unexpected((await examine(args, { MCP_SERVERS }, yaml)).rows);
    expect(await lines('--server', 'keyed')).toEqual([]);
    expect(await lines('--server', 'added')).toEqual(['problem | servers | other: added | azd up']);
    expect(await lines()).toContain(
      'problem | servers | other: notes, weather, open, added, gone | azd up',
    );
  });

  test('says that a server was deployed with another auth', async () => {
    const yaml = serversYaml.replace('auth: entra', 'auth: anonymous');
    const { rows } = await examine(['--server', 'weather'], {}, yaml);
    expect(unexpected(rows)).toEqual([
      'problem | weather: access without credentials | 401 with application/json and a challenge | it was deployed with a different "auth" than anonymous: run azd up',
    ]);
  });

  test('tells a client that the directory does not know', async () => {
    const { rows } = await examine(['--server', 'weather'], {
      MCP_CLIENT_ID: '99999999-bbbb-4ccc-8ddd-eeeeeeeeeeee',
    });
    expect(others(unexpected(rows))).toEqual([
      expect.stringMatching(/^problem \| weather: Claude Code 2\.1\.332 \| AADSTS700016: /),
    ]);
  });

  test('tells an address that the directory does not know', async () => {
    identifierUris.splice(identifierUris.indexOf(`${url}/weather/mcp`), 1);
    const { rows } = await examine(['--server', 'weather']);
    identifierUris.push(`${url}/weather/mcp`);
    expect(others(unexpected(rows))).toEqual([
      expect.stringMatching(/^problem \| weather: Claude Code 2\.1\.332 \| AADSTS9010010: /),
    ]);
  });

  test('asks nobody of the tenant questions unless it is told to, and then notes the answers', async () => {
    const { rows } = await examine(['--server', 'weather', '--questions']);
    const asked = rows.filter(({ group }) => group === 'questions');
    expect(asked.map(({ check, result }) => `${result} | ${check}`)).toEqual([
      'noted | scope <client id>/<scope> with resource',
      'noted | bare scope with resource',
      'noted | redirect URI that is not registered',
      'skipped | refresh with resource and without scope',
      'skipped | prompt=consent, pre-authorized, by a user who may not consent',
    ]);
  });

  test('says that an issuer is down, and goes on with the others', async () => {
    await issuers.plain.goDown();
    const { code, rows } = await examine();
    await issuers.plain.comeBack();
    expect(others(unexpected(rows))).toEqual([
      `problem | discovery of ${new URL(issuers.plain.issuer).host} | nothing is listening there | start it, or correct the address`,
    ]);
    expect(code).toBe(1);
  });

  test('says that documents name another address, and asks no issuer for such a server', async () => {
    const before = issuers.entra.requests.length;
    const other = url.replace('127.0.0.1', 'localhost');
    const { rows } = await examine(['--server', 'weather'], { SERVICE_MCP_URI: other });
    expect(others(unexpected(rows))).toEqual([
      expect.stringMatching(
        /^problem \| weather: document \| resource http:\/\/127.*MCP_PUBLIC_BASE_URL/,
      ),
      expect.stringMatching(/^problem \| weather: challenge \| it names http:\/\/127/),
    ]);
    expect(issuers.entra.requests.length).toBe(before);
  });
});

test.skipIf(lacksShell)(
  'a half deployed app does not know its directory, and says so',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
    const serversYaml = yamlFor(issuers.plain.issuer, folder);
    writeFileSync(join(folder, 'servers.yaml'), serversYaml);
    const environment = { ...routes, MCP_SERVERS_FILE: join(folder, 'servers.yaml') };
    const app = await startStandIn({ enableAuth: keys, environment });
    const { code, rows } = await runDoctor(['--deployed', '--server', 'weather'], {
      serversYaml,
      azd: azdValues(app.url, { ENTRA_CLIENT_ID: '', MCP_CLIENT_ID: '' }),
    });
    await app.stop();
    rmSync(folder, { recursive: true });
    expect(code).toBe(1);
    expect(others(unexpected(rows))).toEqual([
      'problem | weather: access without credentials | 503 with application/json | it is unavailable: its log line at startup says why',
      expect.stringMatching(/^problem \| weather: document \| \d+ .*azd up/),
    ]);
  },
);

describe.skipIf(lacksShell)('API Management in front', () => {
  let standIns: StandIns;
  beforeAll(async () => {
    standIns = await openStandIns(issuers);
  });
  afterAll(() => standIns.stop());
  const examine = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    runDoctor(['--deployed', '--client', 'claude-code', ...args], {
      serversYaml: (cases.find(({ name }) => name === 'gateway')?.serversYaml ?? '').replaceAll(
        gatewayAddresses.issuer,
        issuers.plain.issuer,
      ),
      azd: azdValues(standIns.app.url, { APIM_GATEWAY_URL: standIns.gateway.url, ...more }),
      env: { AZURE_AUTHORITY_HOST: issuers.entra.url },
    });

  test('is as expected when it is healthy, and the app wants a key of who goes past it', async () => {
    for (const name of ['weather', 'time'])
      identifierUris.push(`${standIns.gateway.url}/${name}/mcp`);
    const { rows } = await examine([]);
    expect(others(unexpected(rows))).toEqual([]);
    expect(rows.map(({ check }) => check)).toEqual(
      expect.arrayContaining(['weather: past the gateway', 'keyed: past the gateway']),
    );
  });

  test('says so when an app without keys stands behind it', async () => {
    const bare = await startStandIn({
      environment: {
        ...literalSettings(readSnapshot('gateway')),
        MCP_PUBLIC_BASE_URL: standIns.gateway.url,
      },
    });
    const { rows } = await examine(['--server', 'keyed'], { SERVICE_MCP_URI: bare.url });
    await bare.stop();
    expect(unexpected(rows)).toEqual([
      expect.stringMatching(
        /^problem \| keyed: past the gateway \| \d+ .* \| run azd provision: the routes/,
      ),
    ]);
  });
});
