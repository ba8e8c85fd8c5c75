// What every deployment must hold, whatever its settings: no passwords, no keys, least roles.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { resourcesOf } from '../../standins/gateway/snapshot.ts';
import { canary, cases, hasGateway, literalSettings, readSnapshot, snapshotPath } from './cases.ts';

const STORAGE_BLOB_DATA_OWNER = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b';
const MONITORING_METRICS_PUBLISHER = '3913510d-42f4-4e42-8a64-420c390055eb';

describe.each(cases)('$name', ({ name, settings }) => {
  const snapshot = readSnapshot(name);
  const one = (type: string) => {
    const found = resourcesOf(snapshot, type);
    expect(found).toHaveLength(1);
    return found[0]?.properties;
  };

  test('storage takes identities only', () => {
    expect(one('Microsoft.Storage/storageAccounts')).toMatchObject({
      allowSharedKeyAccess: false,
      allowBlobPublicAccess: false,
      minimumTlsVersion: 'TLS1_2',
      supportsHttpsTrafficOnly: true,
      publicNetworkAccess: settings.VNET_ENABLED === 'true' ? 'Disabled' : 'Enabled',
    });
    const container = one('Microsoft.Storage/storageAccounts/blobServices/containers');
    expect(container.publicAccess).toBe('None');
  });

  test('telemetry takes identities only, and no more than its cap', () => {
    expect(one('Microsoft.Insights/components').DisableLocalAuth).toBe(true);
    expect(one('Microsoft.OperationalInsights/workspaces')).toMatchObject({
      retentionInDays: Number(settings.LOG_RETENTION_DAYS ?? 30),
      workspaceCapping: { dailyQuotaGb: Number(settings.LOG_DAILY_CAP_GB ?? 1) },
    });
  });

  test('the app is on Flex Consumption, by https, without passwords', () => {
    const app = one('Microsoft.Web/sites');
    expect(app).toMatchObject({
      httpsOnly: true,
      siteConfig: { ftpsState: 'Disabled', minTlsVersion: '1.2' },
      functionAppConfig: {
        runtime: { name: 'node', version: '22' },
        deployment: { storage: { authentication: { type: 'UserAssignedIdentity' } } },
        scaleAndConcurrency: {
          alwaysReady: settings.ALWAYS_READY ? [{ name: 'http', instanceCount: 1 }] : [],
          instanceMemoryMB: Number(settings.INSTANCE_MEMORY_MB ?? 2048),
          maximumInstanceCount: Number(settings.MAX_INSTANCES ?? 40),
        },
      },
    });
    const policies = resourcesOf(
      snapshot,
      'Microsoft.Web/sites/basicPublishingCredentialsPolicies',
    );
    expect(policies.map(({ properties }) => properties.allow)).toEqual([false, false]);
    expect(resourcesOf(snapshot, 'Microsoft.Web/sites')[0]?.tags).toMatchObject({
      'azd-service-name': 'mcp',
      'azd-env-name': 'test',
    });
  });

  test('the app is open to all addresses, or to the allowed ones; deployments are not held up', () => {
    const { siteConfig } = one('Microsoft.Web/sites');
    const ranges = settings.ALLOWED_IP_RANGES?.split(',').map((range) => range.trim());
    expect(siteConfig).toMatchObject({
      ipSecurityRestrictionsDefaultAction: ranges ? 'Deny' : 'Allow',
      scmIpSecurityRestrictionsDefaultAction: 'Allow',
      scmIpSecurityRestrictionsUseMain: false,
    });
    const rules = siteConfig.ipSecurityRestrictions;
    if (ranges && hasGateway({ settings })) {
      // Only the gateway calls, from addresses that a deployment knows.
      expect(String(rules)).toMatch(/^\[map\(.*'outputs', 'ranges', 'value'/);
      expect(JSON.stringify(siteConfig)).not.toContain(ranges[0]);
    } else {
      expect(rules).toEqual(
        (ranges ?? []).map((ipAddress, index) => ({
          name: `allowed-${index}`,
          ipAddress,
          action: 'Allow',
          priority: 100 + index,
        })),
      );
    }
  });

  test('every role assignment is named after its scope, its principal and its role', () => {
    for (const { name, properties } of resourcesOf(
      snapshot,
      'Microsoft.Authorization/roleAssignments',
    )) {
      const [, principal] = /^\[(.*)\]$/.exec(properties.principalId) ?? [];
      expect(principal).toBeDefined();
      expect(name).toContain(`, ${principal}, '${properties.roleDefinitionId.split('/').at(-1)}')`);
    }
  });

  test('the identity has two roles, each at one resource, and the gateway has one', () => {
    const roles = resourcesOf(snapshot, 'Microsoft.Authorization/roleAssignments').map(
      ({ properties }) => [properties.roleDefinitionId.split('/').at(-1), properties.principalType],
    );
    expect(roles).toEqual([
      [STORAGE_BLOB_DATA_OWNER, 'ServicePrincipal'],
      [MONITORING_METRICS_PUBLISHER, 'ServicePrincipal'],
      ...(hasGateway({ settings }) ? [[MONITORING_METRICS_PUBLISHER, 'ServicePrincipal']] : []),
    ]);
  });

  test('settings name the identity, the sealing key and the address, and nothing in clear', () => {
    const [resource] = resourcesOf(snapshot, 'Microsoft.Web/sites/config');
    const text = String(resource?.properties);
    for (const name of [
      'AzureWebJobsStorage__credential',
      'AzureWebJobsStorage__clientId',
      'AzureWebJobsStorage__blobServiceUri',
      'APPLICATIONINSIGHTS_CONNECTION_STRING',
      'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
      'MCP_PUBLIC_BASE_URL',
    ]) {
      expect(text).toContain(`'${name}', `);
    }
    // The template looks at the length of this secret first, so its value is one only a deployment
    // knows.
    expect(text).toContain("'MCP_HOST_STATE_KEY', unknown()");
    expect(text).toMatch(/^\[union\(parameters\('serverEnv'\), /);
    expect(readFileSync(snapshotPath(name), 'utf8')).not.toMatch(
      /listKeys|accountKey|InstrumentationKey/i,
    );
    expect(readFileSync(snapshotPath(name), 'utf8')).not.toContain(canary);
  });

  test('all calls are recorded, unless a share is set', () => {
    const { OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG } = literalSettings(snapshot);
    const share = settings.TRACE_SAMPLING_PERCENT;
    expect({
      OTEL_TRACES_SAMPLER,
      OTEL_TRACES_SAMPLER_ARG: Number(OTEL_TRACES_SAMPLER_ARG),
    }).toEqual(
      share === undefined
        ? { OTEL_TRACES_SAMPLER: undefined, OTEL_TRACES_SAMPLER_ARG: Number.NaN }
        : { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: Number(share) / 100 },
    );
  });

  test('no app setting has a dot in its name, which Linux would not keep', () => {
    const [resource] = resourcesOf(snapshot, 'Microsoft.Web/sites/config');
    expect(Object.keys(literalSettings(snapshot)).length).toBeGreaterThan(5);
    expect(String(resource?.properties)).not.toMatch(/'\w+(\.\w+)+', /);
  });

  test('outputs have names, addresses and one warning only', () => {
    expect(Object.keys(snapshot.outputs)).toEqual([
      'APIM_APIS',
      'APIM_GATEWAY_URL',
      'APIM_NAME',
      'AZURE_FUNCTION_NAME',
      'AZURE_LOCATION',
      'AZURE_RESOURCE_GROUP',
      'AZURE_TENANT_ID',
      'ENTRA_CLIENT_ID',
      'ENTRA_ROLES',
      'ENTRA_SCOPES',
      'MCP_CLIENT_ID',
      'MCP_SERVERS',
      'MEMORY_WARNING',
      'SERVICE_MCP_URI',
    ]);
  });
});

test('with VNET_ENABLED the app has a subnet of its own, and storage a private endpoint', () => {
  const snapshot = readSnapshot('network');
  const [network] = resourcesOf(snapshot, 'Microsoft.Network/virtualNetworks');
  const app = network?.properties.subnets.find(({ name }: { name: string }) => name === 'app');
  expect(app?.properties.delegations[0].properties.serviceName).toBe('Microsoft.App/environments');
  const [endpoint] = resourcesOf(snapshot, 'Microsoft.Network/privateEndpoints');
  expect(endpoint?.properties.privateLinkServiceConnections[0].properties.groupIds).toEqual([
    'blob',
  ]);
  const [zone] = resourcesOf(snapshot, 'Microsoft.Network/privateDnsZones');
  expect(zone?.name).toBe("[format('privatelink.blob.{0}', environment().suffixes.storage)]");
  const [site] = resourcesOf(snapshot, 'Microsoft.Web/sites');
  expect(site?.properties.virtualNetworkSubnetId).toContain("parameters('subnetId')");
});
