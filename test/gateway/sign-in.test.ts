// The official clients' own OAuth flow through the gateway to a tool of each server that asks for
// tokens: `jwt` as it is, `entra` with the apps that the template registers for this gateway.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resourcesOf } from '../../standins/gateway/snapshot.ts';
import { CLIENTS_APP_ID } from '../../standins/openid-issuer/entra-apps.ts';
import {
  asksForOfflineAccess,
  OAUTH_CLIENTS,
  signIn,
} from '../../standins/openid-issuer/oauth-client.ts';
import { freePort } from '../e2e/free-port.ts';
import { readSnapshot } from '../infra/cases.ts';
import { type Issuers, openIssuers } from '../runtime/authorization/guarded-servers.ts';
import { openStandIns, realGatewayUrl, type StandIns } from './under-test.ts';

let issuers: Issuers;
let standIns: StandIns;
beforeAll(async () => {
  // A clock that stands an hour apart for each request: limits are not what is tried here.
  let hours = 0;
  const port = await freePort();
  issuers = await openIssuers({ baseUrl: `http://127.0.0.1:${port}` });
  standIns = await openStandIns(issuers, { port, now: () => (hours += 3_600_000) });
});
afterAll(async () => {
  await standIns.stop();
  await issuers.stop();
});

describe.skipIf(realGatewayUrl).each(OAUTH_CLIENTS)('%s through the gateway', (client) => {
  test.each([
    ['notes', 'gamma', 'notes.read notes.write'],
    ['tasks', 'alpha', null],
  ])(
    'is challenged, registers, signs in and reaches a tool of %s (jwt)',
    async (server, name, scope) => {
      const url = `${standIns.gateway.url}/${server}/mcp`;
      const { callTool, authorizationUrl } = await signIn(client, url);
      expect(authorizationUrl.searchParams.get('resource')).toBe(url);
      expect(authorizationUrl.searchParams.get('scope')).toBe(scope);
      expect(await callTool('echo', { text: 'a' })).toBe(`${name}:a`);
    },
  );

  test.each([
    ['weather', 'alpha'],
    ['time', 'gamma'],
  ])('sends resource and scope, and reaches a tool of %s (entra)', async (server, name) => {
    const url = `${standIns.gateway.url}/${server}/mcp`;
    const registration = { client_id: CLIENTS_APP_ID, issuer: issuers.entra.issuer };
    const { callTool, authorizationUrl } = await signIn(client, url, { registration });
    expect(authorizationUrl.searchParams.get('resource')).toBe(url);
    expect(authorizationUrl.searchParams.get('scope')).toBe(
      `${url}/mcp.${server}${asksForOfflineAccess(client) ? ' offline_access' : ''}`,
    );
    expect(await callTool('echo', { text: 'b' })).toBe(`${name}:b`);
  });
});

test('with a domain of its own, the addresses of the entra servers identify the app', () => {
  const snapshot = readSnapshot('gateway-domain');
  const uris = resourcesOf(snapshot, 'Microsoft.Graph/applications').flatMap(
    ({ properties }) => properties.identifierUris ?? [],
  );
  expect(uris.slice(1)).toEqual(['https://mcp.example.com/notes/mcp']);
  const [service] = resourcesOf(snapshot, 'Microsoft.ApiManagement/service');
  expect(service?.properties.hostnameConfigurations).toMatchObject([
    { type: 'Proxy', hostName: 'mcp.example.com', certificateSource: 'KeyVault' },
  ]);
  const value = resourcesOf(snapshot, 'Microsoft.ApiManagement/service/namedValues').find(
    ({ properties }) => properties.displayName === 'mcp-gateway-url',
  );
  expect(value?.properties.value).toContain('outputs');
});
