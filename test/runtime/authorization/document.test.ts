// The metadata document (RFC 9728): one per server that asks for tokens, from configuration only,
// open to every page.

import { beforeAll, describe, expect, it } from 'vitest';
import { readEnvironment } from '../../../config/env.ts';
import { APP_ID, TENANT_ID } from '../../../standins/openid-issuer/entra-apps.ts';
import { expectRefusal } from '../mount/http/refusal.ts';
import { openHost, startHost, type TestHost } from '../start-host.ts';

const ISSUER = 'https://login.example.com/';
const YAML = `
host: { publicUrl: "https://configured.example" }
servers:
  weather: { module: ./kernel-v1.mjs, auth: entra, title: "The weather", scopes: [mcp.read, mcp.write] }
  notes: { module: ./kernel-v2.mjs, path: /team/notes, auth: jwt, jwt: { issuer: "${ISSUER}", audience: notes } }
  open: { module: ./kernel-v2.mjs, auth: anonymous }
  keyed: { module: ./kernel-v2.mjs }
`;
const ENTRA = { MCP_ENTRA_TENANT_ID: TENANT_ID, MCP_ENTRA_CLIENT_ID: APP_ID };
const WELL_KNOWN = '/.well-known/oauth-protected-resource';

let host: TestHost;
beforeAll(async () => {
  host = await openHost({ yaml: YAML, environment: readEnvironment(ENTRA) });
  return () => host.close();
});

function get(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const request = {
    method: method as 'GET',
    url: path,
    headers: { host: 'localhost', ...headers },
  };
  return host.app.inject(request);
}

it('of a server with `auth: entra` names the directory and the scopes in their long form', async () => {
  const { body, headers, statusCode } = await get(`${WELL_KNOWN}/weather/mcp`);
  expect(statusCode).toBe(200);
  expect(body).toBe(
    `{"resource":"https://configured.example/weather/mcp","authorization_servers":["https://login.microsoftonline.com/${TENANT_ID}/v2.0"],"bearer_methods_supported":["header"],"scopes_supported":["https://configured.example/weather/mcp/mcp.read","https://configured.example/weather/mcp/mcp.write"],"resource_name":"weather"}`,
  );
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'cache-control': 'public, max-age=3600',
    'access-control-allow-origin': '*',
  });
});

it('of a server with `auth: entra` names scopes below the client id where no address is registered', async () => {
  const { app } = await startHost({
    yaml: YAML,
    environment: readEnvironment({ ...ENTRA, MCP_ENTRA_SERVER_URIS: 'none' }),
  });
  const document = await app.inject({
    url: `${WELL_KNOWN}/weather/mcp`,
    headers: { host: 'localhost' },
  });
  expect(document.json()).toMatchObject({
    resource: 'https://configured.example/weather/mcp',
    scopes_supported: [`${APP_ID}/mcp.read`, `${APP_ID}/mcp.write`],
  });
  const call = await app.inject({
    method: 'POST',
    url: '/weather/mcp',
    headers: { host: 'localhost', 'content-type': 'application/json' },
    payload: '{}',
  });
  expect(call.headers['www-authenticate']).toContain(
    `scope="${APP_ID}/mcp.read ${APP_ID}/mcp.write"`,
  );
});

it('of a server with `auth: jwt` names its issuer as it is written, and no scopes where none are needed', async () => {
  expect((await get(`${WELL_KNOWN}/team/notes`)).json()).toEqual({
    resource: 'https://configured.example/team/notes',
    authorization_servers: [ISSUER],
    bearer_methods_supported: ['header'],
    resource_name: 'notes',
  });
  const { headers } = await host.app.inject({
    method: 'POST',
    url: '/team/notes',
    headers: { host: 'localhost', 'content-type': 'application/json' },
    payload: '{}',
  });
  expect(headers['www-authenticate']).toBe(
    `Bearer resource_metadata="https://configured.example${WELL_KNOWN}/team/notes"`,
  );
});

describe('is open', () => {
  it.each<[string, Record<string, string>, string]>([
    ['to pages of every origin', { origin: 'https://evil.example' }, ''],
    ['to pages without an origin', { origin: 'null' }, ''],
    ['with one slash more', {}, '/'],
    ['with a query, of which nothing is repeated', {}, '?code=cAnArY'],
    ['with a bad token', { authorization: 'Bearer x' }, ''],
  ])('%s', async (_what, headers, end) => {
    const answer = await get(`${WELL_KNOWN}/weather/mcp${end}`, headers);
    expect(answer.statusCode).toBe(200);
    expect(answer.json().resource).toBe('https://configured.example/weather/mcp');
    expect(answer.headers['access-control-allow-origin']).toBe('*');
  });

  it('to a preflight and to HEAD', async () => {
    const headers = { origin: 'https://evil.example' };
    const preflight = await get(`${WELL_KNOWN}/weather/mcp`, headers, 'OPTIONS');
    expect(preflight).toMatchObject({ statusCode: 204, body: '' });
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET',
      'access-control-allow-headers': '*',
    });
    expect(await get(`${WELL_KNOWN}/weather/mcp`, {}, 'HEAD')).toMatchObject({
      statusCode: 200,
      body: '',
    });
  });
});

describe('is not there', () => {
  it.each([
    ['at the root', WELL_KNOWN],
    ['for an open server', `${WELL_KNOWN}/open/mcp`],
    ['for a server with a key', `${WELL_KNOWN}/keyed/mcp`],
    ['for a server that does not exist', `${WELL_KNOWN}/nowhere/mcp`],
    ['below a server', `${WELL_KNOWN}/weather/mcp/more`],
    ['in other letters', `${WELL_KNOWN}/Weather/mcp`],
    ['after the server', `/weather/mcp${WELL_KNOWN}`],
  ])('%s', async (_what, path) => {
    expectRefusal(await get(path), { status: 404, reason: 'not-found' });
  });

  it.each(['POST', 'PUT', 'DELETE'])('for %s', async (method) => {
    const answer = await get(`${WELL_KNOWN}/weather/mcp`, {}, method);
    expectRefusal(answer, { status: 405, reason: 'method-not-allowed' });
    expect(answer.headers.allow).toBe('GET');
  });

  it('for a name that somebody led a browser here by', async () => {
    const answer = await get(`${WELL_KNOWN}/weather/mcp`, { host: 'evil.example' });
    expectRefusal(answer, { status: 403, reason: 'forbidden-host' });
  });
});

/** What the address in documents comes from, the first that is there. */
const addresses: readonly [string, string, Record<string, string>, string][] = [
  [
    'the variable',
    'publicUrl: "https://b.example"',
    { MCP_PUBLIC_BASE_URL: 'https://a.example', WEBSITE_HOSTNAME: 'c.example' },
    'https://a.example',
  ],
  [
    'servers.yaml',
    'publicUrl: "https://b.example"',
    { WEBSITE_HOSTNAME: 'c.example' },
    'https://b.example',
  ],
  [
    'the app in Azure',
    'strict: false',
    { WEBSITE_HOSTNAME: 'App.azurewebsites.net', FUNCTIONS_CUSTOMHANDLER_PORT: '3000' },
    'https://app.azurewebsites.net',
  ],
  [
    'func start',
    'strict: false',
    { WEBSITE_HOSTNAME: 'localhost:7072', FUNCTIONS_CUSTOMHANDLER_PORT: '3000' },
    'http://localhost:7072',
  ],
  [
    'func start that says no more',
    'strict: false',
    { FUNCTIONS_CORETOOLS_ENVIRONMENT: 'true', FUNCTIONS_CUSTOMHANDLER_PORT: '3000' },
    'http://localhost:7071',
  ],
  ['the address of this process', 'strict: false', { PORT: '3456' }, 'http://127.0.0.1:3456'],
  [
    'its loopback name',
    'strict: false',
    { PORT: '3456', HOST: 'localhost' },
    'http://127.0.0.1:3456',
  ],
  ['its address in version 6', 'strict: false', { PORT: '3456', HOST: '::1' }, 'http://[::1]:3456'],
];

it.each(addresses)('has its address from %s', async (_what, settings, variables, address) => {
  const { app } = await startHost({
    yaml: YAML.replace('publicUrl: "https://configured.example"', settings),
    environment: readEnvironment({ ...ENTRA, ...variables }),
  });
  const answer = await app.inject({
    url: `${WELL_KNOWN}/weather/mcp`,
    headers: { host: 'localhost', 'x-forwarded-host': 'evil.example' },
  });
  expect(answer.json().resource).toBe(`${address}/weather/mcp`);
});

it('has the port that a process with PORT=0 was given', async () => {
  const { url } = await startHost({
    yaml: YAML.replace('publicUrl: "https://configured.example"', 'strict: false'),
    environment: readEnvironment({ ...ENTRA, PORT: '0' }),
    listen: true,
  });
  const answer = await fetch(`${url}${WELL_KNOWN}/weather/mcp`);
  expect(await answer.json()).toMatchObject({ resource: `${url}/weather/mcp` });
});
