// The official clients' own OAuth flow through the gateway to a tool of each server that asks for tokens: `jwt` as it
// is, `entra` with a gateway that has a domain of its own, whose servers the directory knows by their addresses.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSnapshot, resourcesOf } from '../infra/cases.ts';
import { APP_ID } from '../openid-issuer/modes.ts';
import { OAUTH_CLIENTS, REDIRECT_URI, signIn } from '../openid-issuer/oauth-client.ts';
import { PRE_REGISTERED } from '../runtime/authorization/entra-clients.ts';
import { type Issuers, openIssuers } from '../runtime/authorization/guarded-servers.ts';
import { openStandIns, realGatewayUrl, type StandIns } from './under-test.ts';

/** Addresses by which the directory knows the app. */
const identifierUris = new Set<string>();
let issuers: Issuers;
let standIns: StandIns;
beforeAll(async () => {
  issuers = await openIssuers({ identifierUris });
  issuers.entra.preRegister({ client_id: PRE_REGISTERED, redirect_uris: [REDIRECT_URI] });
});
beforeAll(async () => {
  // A clock that stands an hour apart for each request: limits are not what is tried here.
  let hours = 0;
  standIns = await openStandIns(issuers, () => (hours += 3_600_000));
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
    const registration = { client_id: PRE_REGISTERED, issuer: issuers.entra.issuer };
    const unknown = signIn(client, url, { registration });
    await expect(unknown).rejects.toThrow('AADSTS9010010');
    identifierUris.add(url);
    const { callTool, authorizationUrl } = await signIn(client, url, { registration });
    expect(authorizationUrl.searchParams.get('resource')).toBe(url);
    expect(authorizationUrl.searchParams.get('scope')).toBe(`${APP_ID}/mcp.${server}`);
    expect(await callTool('echo', { text: 'b' })).toBe(`${name}:b`);
    identifierUris.delete(url);
  });
});

test('with a domain of its own, the addresses of the entra servers identify the app', () => {
  const snapshot = readSnapshot('gateway-domain');
  const [app] = resourcesOf(snapshot, 'Microsoft.Graph/applications');
  expect(app?.properties.identifierUris.slice(1)).toEqual(['https://mcp.example.com/notes/mcp']);
  const [service] = resourcesOf(snapshot, 'Microsoft.ApiManagement/service');
  expect(service?.properties.hostnameConfigurations).toMatchObject([
    { type: 'Proxy', hostName: 'mcp.example.com', certificateSource: 'KeyVault' },
  ]);
  const value = resourcesOf(snapshot, 'Microsoft.ApiManagement/service/namedValues').find(
    ({ properties }) => properties.displayName === 'mcp-gateway-url',
  );
  expect(value?.properties.value).toContain('outputs');
});
