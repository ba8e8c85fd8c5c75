// The Entra app: what clients may ask for, who may ask without consent, and how scopes go.

import { expect, test } from 'vitest';
import { readEnvironment } from '../../config/env.ts';
import { parseConfig } from '../../config/load.ts';
import { tokenRules } from '../../runtime/authorization/token-rules.ts';
import { cases, readSnapshot, resourcesOf } from './cases.ts';

interface Permission {
  readonly id: string;
  readonly value: string;
  readonly isEnabled: boolean;
}

function appOf(name: string) {
  const [app] = resourcesOf(readSnapshot(name), 'Microsoft.Graph/applications');
  return app?.properties;
}

const states = (permissions: readonly Permission[]) =>
  permissions.map(({ value, isEnabled }) => `${value} ${isEnabled ? 'enabled' : 'disabled'}`);

test('every scope of every server is a delegated scope, and every server has a role', () => {
  const { api, appRoles } = appOf('every-auth');
  expect(states(api.oauth2PermissionScopes)).toEqual([
    'mcp.notes enabled',
    'tasks.read enabled',
    'tasks.write enabled',
  ]);
  expect(states(appRoles)).toEqual(['mcp.notes.app enabled', 'mcp.tasks.app enabled']);
  expect(appRoles).toMatchObject([
    { allowedMemberTypes: ['Application'] },
    { allowedMemberTypes: ['Application'] },
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
  expect(values(appRoles)).toEqual(wanted.map(({ applicationRole }) => applicationRole));
});

test('tokens are of version 2, for one tenant, with an identifier that tenants accept', () => {
  const { api, signInAudience, identifierUris, uniqueName } = appOf('every-auth');
  expect(api.requestedAccessTokenVersion).toBe(2);
  expect(signInAudience).toBe('AzureADMyOrg');
  expect(uniqueName).toMatch(/^mcp-test-/);
  expect(identifierUris).toEqual([`api://00000000-0000-0000-0000-000000000002/${uniqueName}`]);
});

test('ids are those of the names, so that a further deployment changes nothing', () => {
  const before: Permission[] = appOf('every-auth').api.oauth2PermissionScopes;
  const after: Permission[] = appOf('entra-changes').api.oauth2PermissionScopes;
  const idOf = (permissions: Permission[]) =>
    permissions.find(({ value }) => value === 'mcp.notes')?.id;
  expect(idOf(after)).toBe(idOf(before));
  const ids = before.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test('VS Code asks without consent, and so may others; for scopes in force only', () => {
  const { api } = appOf('entra-changes');
  const [notes]: Permission[] = api.oauth2PermissionScopes;
  const delegatedPermissionIds = [notes?.id];
  expect(api.preAuthorizedApplications).toEqual([
    { appId: 'aebc6443-996d-45c2-90f0-388ff96faa56', delegatedPermissionIds },
    { appId: '11111111-1111-1111-1111-111111111111', delegatedPermissionIds },
    { appId: '22222222-2222-2222-2222-222222222222', delegatedPermissionIds },
  ]);
  expect(appOf('every-auth').api.preAuthorizedApplications).toHaveLength(1);
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
  const [principal] = resourcesOf(readSnapshot(name), 'Microsoft.Graph/servicePrincipals');
  expect(principal?.properties.appRoleAssignmentRequired).toBe(assigned);
  expect(appOf(name).serviceManagementReference).toBe(reference);
});

test('while no server uses the app, its scopes stay known for the day when one does', () => {
  expect(readSnapshot('sample').outputs).toMatchObject({ ENTRA_SCOPES: '', ENTRA_CLIENT_ID: '' });
});
