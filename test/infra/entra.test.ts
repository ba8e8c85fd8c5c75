// The Entra app: what clients may ask for, who may ask without consent, and how scopes go.

import { expect, test } from 'vitest';
import { readEnvironment } from '../../config/env.ts';
import { parseConfig } from '../../config/load.ts';
import { tokenRules } from '../../runtime/authorization/token-rules.ts';
import { resourcesOf } from '../../standins/gateway/snapshot.ts';
import { register } from '../../standins/openid-issuer/entra-apps.ts';
import { cases, readSnapshot } from './cases.ts';
import { appsOfCase } from './registered-apps.ts';

interface Permission {
  readonly id: string;
  readonly value: string;
  readonly isEnabled: boolean;
}

/** The servers' app, and that of clients. */
function appsOf(name: string) {
  const apps = resourcesOf(readSnapshot(name), 'Microsoft.Graph/applications');
  const isClients = ({ properties }: (typeof apps)[number]) => 'publicClient' in properties;
  return {
    servers: apps.find((app) => !isClients(app))?.properties,
    clients: apps.find(isClients)?.properties,
  };
}

const appOf = (name: string) => appsOf(name).servers;

const states = (permissions: readonly Permission[]) =>
  permissions.map(({ value, isEnabled }) => `${value} ${isEnabled ? 'enabled' : 'disabled'}`);

test('every scope of every server with a path is a delegated scope, and each has a role', () => {
  const { api, appRoles } = appOf('every-auth');
  expect(states(api.oauth2PermissionScopes)).toEqual([
    'mcp.desk enabled',
    'mcp.notes enabled',
    'tasks.read enabled',
    'tasks.write enabled',
  ]);
  expect(states(appRoles)).toEqual([
    'mcp.desk.app enabled',
    'mcp.notes.app enabled',
    'mcp.tasks.app enabled',
  ]);
  expect(appRoles).toMatchObject([
    { allowedMemberTypes: ['User', 'Application'] },
    { allowedMemberTypes: ['User', 'Application'] },
    { allowedMemberTypes: ['User', 'Application'] },
  ]);
});

test('the app issues exactly the scopes and roles that the host looks for in tokens', () => {
  const name = 'every-auth';
  const { serversYaml = '' } = cases.find((each) => each.name === name) ?? {};
  const id = '00000000-0000-0000-0000-000000000000';
  const environment = readEnvironment({ MCP_ENTRA_TENANT_ID: id, MCP_ENTRA_CLIENT_ID: id });
  const rules = parseConfig(serversYaml, 'servers.yaml')
    .servers.filter(({ enabled, auth }) => enabled && auth === 'entra')
    .map((server) => tokenRules(server, environment));
  const wanted = rules.flatMap((each) => (each && 'scopes' in each ? [each] : []));
  const { api, appRoles } = appOf(name);
  const values = (permissions: readonly Permission[]) => permissions.map(({ value }) => value);
  expect(values(api.oauth2PermissionScopes)).toEqual(wanted.flatMap(({ scopes }) => scopes));
  expect(values(appRoles)).toEqual(wanted.flatMap(({ applicationRole = [] }) => applicationRole));
});

test('tokens are of version 2, for one tenant; the addresses of the servers identify the app', () => {
  const { api, signInAudience, identifierUris, uniqueName } = appOf('every-auth');
  expect(api.requestedAccessTokenVersion).toBe(2);
  expect(signInAudience).toBe('AzureADMyOrg');
  expect(uniqueName).toMatch(/^mcp-test-/);
  const token = /^mcp-test-(.*)$/.exec(uniqueName)?.[1];
  expect(identifierUris).toEqual([
    `api://00000000-0000-0000-0000-000000000002/${uniqueName}`,
    `https://func-${token}.azurewebsites.net/desk/mcp`,
    `https://func-${token}.azurewebsites.net/notes/mcp`,
    `https://func-${token}.azurewebsites.net/team/tasks`,
  ]);
});

test.each([
  ['entra-clients', 'https://func-abcdefgh23456.azurewebsites.net/notes/mcp'],
  ['gateway-domain', 'https://mcp.example.com/notes/mcp'],
  ['entra-none', undefined],
])('clients know one address of a server, or none: %s', (name, address) => {
  const [, ...addresses] = appOf(name).identifierUris;
  expect(addresses).toEqual(address === undefined ? [] : [address]);
});

test('behind a gateway the addresses are those of the gateway', () => {
  const [service] = resourcesOf(readSnapshot('gateway'), 'Microsoft.ApiManagement/service');
  expect(appOf('gateway').identifierUris.slice(1)).toEqual([
    `https://${service?.name}.azure-api.net/time/mcp`,
    `https://${service?.name}.azure-api.net/weather/mcp`,
  ]);
});

const loopback = [
  'http://localhost/callback',
  'http://localhost/oauth/callback',
  'http://127.0.0.1/oauth/callback',
  'http://127.0.0.1/mcp/oauth/callback',
];
const vsCode = [
  'http://127.0.0.1/',
  'https://vscode.dev/redirect',
  'https://insiders.vscode.dev/redirect',
];

test('clients have an app of their own: public, of one tenant, without scopes and secrets', () => {
  const { clients, servers } = appsOf('every-auth');
  expect(clients).toEqual({
    uniqueName: `${servers.uniqueName}-clients`,
    displayName: 'MCP servers (test): clients',
    signInAudience: 'AzureADMyOrg',
    serviceManagementReference: null,
    publicClient: { redirectUris: expect.any(Array) },
  });
  expect(new Set(clients.publicClient.redirectUris)).toEqual(new Set([...loopback, ...vsCode]));
});

test('clients are chosen; redirect URIs of others are added, and those of Codex per server', () => {
  expect(new Set(appsOf('entra-none').clients.publicClient.redirectUris)).toEqual(new Set(vsCode));
  const { redirectUris } = appsOf('entra-clients').clients.publicClient;
  expect(new Set(redirectUris)).toEqual(
    new Set([
      ...loopback,
      ...vsCode,
      'https://claude.ai/api/mcp/auth_callback',
      'https://claude.com/api/mcp/auth_callback',
      'cursor://anysphere.cursor-mcp/oauth/callback',
      'https://www.cursor.com/agents/mcp/oauth/callback',
      'https://chatgpt.com/connector_platform_oauth_redirect',
      'http://127.0.0.1/callback/hBdzNJrW4OL1',
      'http://127.0.0.1/another/callback',
      'https://chatgpt.com/connector/oauth/abc123',
      'https://global.consent.azure-apim.net/redirect/abc123',
    ]),
  );
  const withoutPorts = redirectUris.map((uri: string) => uri.replace(/:\d+/, ''));
  expect(new Set(withoutPorts).size).toBe(redirectUris.length);
});

test('groups get all roles, or the one that stands before them', () => {
  const assignments = resourcesOf(
    readSnapshot('entra-clients'),
    'Microsoft.Graph/appRoleAssignedTo',
  );
  const [role] = appOf('entra-clients').appRoles;
  expect(assignments.map(({ properties }) => properties)).toMatchObject([
    { appRoleId: role.id, principalId: '44444444-4444-4444-4444-444444444444' },
    { appRoleId: role.id, principalId: '55555555-5555-5555-5555-555555555555' },
  ]);
});

test('ids are those of the names, so that a further deployment changes nothing', () => {
  const before: Permission[] = appOf('every-auth').api.oauth2PermissionScopes;
  const after: Permission[] = appOf('gateway-domain').api.oauth2PermissionScopes;
  const idOf = (permissions: Permission[]) =>
    permissions.find(({ value }) => value === 'mcp.notes')?.id;
  expect(idOf(after)).toBe(idOf(before));
  const ids = before.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test('VS Code and our own clients ask without consent, and so may others; for scopes in force only', () => {
  const { api } = appOf('entra-changes');
  const [notes]: Permission[] = api.oauth2PermissionScopes;
  const delegatedPermissionIds = [notes?.id];
  expect(api.preAuthorizedApplications).toEqual([
    { appId: 'aebc6443-996d-45c2-90f0-388ff96faa56', delegatedPermissionIds },
    { appId: '11111111-1111-1111-1111-111111111111', delegatedPermissionIds },
    { appId: '22222222-2222-2222-2222-222222222222', delegatedPermissionIds },
    { appId: "[reference('clientsApp').appId]", delegatedPermissionIds },
  ]);
  expect(appOf('every-auth').api.preAuthorizedApplications).toHaveLength(2);
});

test('what is gone is disabled first: Graph deletes nothing that is enabled', () => {
  const { api, appRoles } = appOf('entra-changes');
  expect(states(api.oauth2PermissionScopes)).toEqual(['mcp.notes enabled', 'mcp.gone disabled']);
  expect(states(appRoles)).toEqual(['mcp.notes.app enabled', 'mcp.gone.app disabled']);
});

test.each([
  { name: 'every-auth', assigned: false, reference: null },
  { name: 'entra-changes', assigned: true, reference: '33333333-3333-3333-3333-333333333333' },
])('settings reach the app: $name', ({ name, assigned, reference }) => {
  const principals = resourcesOf(readSnapshot(name), 'Microsoft.Graph/servicePrincipals');
  const principal = principals.find(({ properties }) => properties.appId.includes("'app'"));
  expect(principal?.properties.appRoleAssignmentRequired).toBe(assigned);
  expect(appOf(name).serviceManagementReference).toBe(reference);
});

test('while no server uses the app, its scopes stay known for the day when one does', () => {
  expect(readSnapshot('sample').outputs).toMatchObject({
    ENTRA_SCOPES: '',
    ENTRA_CLIENT_ID: '',
    MCP_CLIENT_ID: '',
  });
});

test('Graph takes what the template registers, and, without addresses, in every directory', () => {
  for (const { name } of cases) expect(() => register(appsOfCase(name))).not.toThrow();
  expect(() => register(appsOfCase('entra-none'), { verifiedUrisOnly: true })).not.toThrow();
});
