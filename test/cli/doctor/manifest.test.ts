// doctor --deployed with the Azure CLI: the registrations of the directory, and an az that is
// missing, signed out or signed in elsewhere.

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { APP_ID, TENANT_ID } from '../../../standins/openid-issuer/entra-apps.ts';
import { clientId, openDeployment, serversYaml } from './entra-deployment.ts';
import { lacksShell, runDoctor, unexpected } from './run-doctor.ts';

const vsCode = 'aebc6443-996d-45c2-90f0-388ff96faa56';
const scopeId = '12345678-bbbb-4ccc-8ddd-eeeeeeeeeeee';
/** Nobody listens there: only the registrations are looked at here. */
const issuerOrigin = 'http://127.0.0.1:1';

interface Registrations {
  readonly resource: (address: string) => object;
  readonly clients: () => object;
}

const good: Registrations = {
  resource: (address) => ({
    appId: APP_ID,
    signInAudience: 'AzureADMyOrg',
    identifierUris: [`api://${TENANT_ID}/mcp`, address],
    publicClient: { redirectUris: [] },
    web: { redirectUris: [] },
    spa: { redirectUris: [] },
    api: {
      requestedAccessTokenVersion: 2,
      oauth2PermissionScopes: [{ id: scopeId, value: 'mcp.notes', isEnabled: true, type: 'User' }],
      preAuthorizedApplications: [vsCode, clientId].map((appId) => ({
        appId,
        delegatedPermissionIds: [scopeId],
      })),
    },
  }),
  clients: () => ({
    appId: clientId,
    publicClient: {
      redirectUris: [
        'http://127.0.0.1/',
        'http://localhost/callback',
        'http://localhost/oauth/callback',
        'http://127.0.0.1/oauth/callback',
        'http://127.0.0.1/mcp/oauth/callback',
        'CODEX',
      ],
    },
  }),
};

/** An az that is signed in and prints these registrations. */
function azWith(registrations: Registrations, address: string, codex: string): string {
  const print = (body: object) =>
    `cat <<'END'\n${JSON.stringify(body).replace('CODEX', codex)}\nEND`;
  return `case "$*" in
*"account show"*) echo ${TENANT_ID};;
*"app show --id ${APP_ID}"*) ${print(registrations.resource(address))}
;;
*"app show --id ${clientId}"*) ${print(registrations.clients())}
;;
*"sp show"*) echo false;;
esac`;
}

async function examine(
  az: string | ((address: string, codex: string) => string) | undefined,
  values: Readonly<Record<string, string>> = {},
) {
  const { url } = await openDeployment({ issuerOrigin, authorize: () => {} });
  const address = `${url}/notes/mcp`;
  const part = createHash('sha256').update(address).digest('base64url').slice(0, 12);
  const script = typeof az === 'function' ? az(address, `http://127.0.0.1/callback/${part}`) : az;
  const run = await runDoctor(['--deployed', '--timeout', '2'], {
    serversYaml,
    azd: {
      AZURE_ENV_NAME: 'test',
      SERVICE_MCP_URI: url,
      AZURE_TENANT_ID: TENANT_ID,
      ENTRA_CLIENT_ID: APP_ID,
      MCP_CLIENT_ID: clientId,
      ...values,
    },
    ...(script !== undefined && { az: script }),
    env: { AZURE_AUTHORITY_HOST: issuerOrigin },
  });
  const manifest = run.rows.filter(({ group }) => group === 'manifest');
  return { ...run, manifest, address };
}

describe.skipIf(lacksShell)('the registrations', () => {
  test('are as expected, redirect URIs by any port of loopback', async () => {
    const { manifest, azCalls } = await examine((address, codex) => azWith(good, address, codex));
    expect(unexpected(manifest)).toEqual([
      'noted | servers app: who may sign in | everyone in the tenant | null',
    ]);
    expect(manifest.length).toBeGreaterThan(10);
    expect(azCalls.trim().split('\n')).toEqual([
      'account show --query tenantId --output tsv',
      `ad app show --id ${APP_ID} --output json`,
      `ad app show --id ${clientId} --output json`,
      `ad sp show --id ${APP_ID} --query appRoleAssignmentRequired --output tsv`,
    ]);
  });

  const change = (name: keyof Registrations, from: string | RegExp, to: string): Registrations => ({
    ...good,
    [name]: (address: string) => JSON.parse(JSON.stringify(good[name](address)).replace(from, to)),
  });

  test.each([
    [
      'tokens of version 1',
      change('resource', '"requestedAccessTokenVersion":2', '"requestedAccessTokenVersion":null'),
      /^problem \| servers app: version of tokens \| none \| run azd provision/,
    ],
    [
      'an address with a slash at its end',
      change('resource', /\/notes\/mcp"/, '/notes/mcp/"'),
      /^problem \| notes: identifier URI \| it is not registered \|/,
    ],
    [
      'a disabled scope',
      change('resource', '"isEnabled":true', '"isEnabled":false'),
      /^problem \| notes: scopes \| missing or disabled: mcp\.notes \| azd provision$/,
    ],
    [
      'a client that is not pre-authorized',
      change('resource', `{"appId":"${clientId}"`, '{"appId":"other"'),
      /^problem \| notes: pre-authorization of the clients app \| none \|/,
    ],
    [
      'VS Code without the scope',
      change('resource', `"delegatedPermissionIds":["${scopeId}"]`, '"delegatedPermissionIds":[]'),
      /^problem \| notes: pre-authorization of VS Code \| for some \|/,
    ],
    [
      'redirect URIs on the web platform',
      change('clients', '"publicClient"', '"web"'),
      /^problem \| clients app: redirect URI of Claude Code 2\.1\.332 \| it is on the platform web \| .*7000218/,
    ],
    [
      'localhost instead of 127.0.0.1',
      change('clients', 'http://127.0.0.1/mcp/', 'http://localhost/mcp/'),
      /^problem \| clients app: redirect URI of opencode 1\.18\.33 \| it is not registered \|/,
    ],
  ])('%s', async (_, registrations, line) => {
    const { code, manifest } = await examine((address, codex) =>
      azWith(registrations, address, codex),
    );
    expect(unexpected(manifest)).toEqual(expect.arrayContaining([expect.stringMatching(line)]));
    expect(code).toBe(1);
  });

  test('one app for servers and clients is a problem', async () => {
    const { manifest } = await examine((address, codex) => azWith(good, address, codex), {
      MCP_CLIENT_ID: APP_ID,
    });
    expect(unexpected(manifest)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^problem \| clients app: a separate app .*90009/),
      ]),
    );
  });

  test('a half deployed environment lacks its client id, and says so', async () => {
    const { manifest } = await examine((address, codex) => azWith(good, address, codex), {
      MCP_CLIENT_ID: '',
    });
    expect(unexpected(manifest)).toEqual(
      expect.arrayContaining([
        'problem | app MCP_CLIENT_ID | MCP_CLIENT_ID is not set | azd provision',
      ]),
    );
  });

  test('further redirect URIs must be there, too, and clients that are not chosen need none', async () => {
    const { manifest } = await examine((address, codex) => azWith(good, address, codex), {
      ENTRA_CLIENTS: 'vscode',
      ENTRA_REDIRECT_URIS: 'https://mine.example/callback, https://claude.ai/api/mcp/auth_callback',
    });
    const redirects = manifest.filter(({ check }) => check.includes('redirect URI'));
    expect(redirects.map(({ check, result }) => `${result} | ${check}`)).toEqual([
      'problem | clients app: redirect URI of ENTRA_REDIRECT_URIS',
      'problem | clients app: redirect URI of Claude (claude.ai, Desktop)',
      'expected | clients app: redirect URI of VS Code with oauth.clientId',
    ]);
  });

  test('addresses that are no identifier URIs are as expected where that was chosen', async () => {
    const none = change('resource', /,"http:[^"]*\/notes\/mcp"/, '');
    const { manifest } = await examine((address, codex) => azWith(none, address, codex), {
      ENTRA_SERVER_URIS: 'none',
    });
    expect(unexpected(manifest).filter((line) => line.startsWith('problem'))).toEqual([]);
  });
});

describe.skipIf(lacksShell)('with ENTRA_SERVER_URIS=none', () => {
  test.each([
    [
      '9010010',
      'noted',
      'clients that send "resource" cannot sign in, because ENTRA_SERVER_URIS is none',
    ],
    [
      '500011',
      'noted',
      'clients that send "resource" cannot sign in, because ENTRA_SERVER_URIS is none',
    ],
    ['700016', 'problem', expect.stringMatching(/MCP_CLIENT_ID/)],
  ])('a client that meets AADSTS%s is %s', async (code, result, fix) => {
    const { url } = await openDeployment({
      scopes: () => [`${APP_ID}/mcp.notes`],
      authorize: (query, response) => {
        const location = new URL(query.get('redirect_uri') ?? '');
        location.searchParams.set('error', 'invalid_request');
        location.searchParams.set('error_description', `AADSTS${code}: text`);
        response.writeHead(302, { location: location.href }).end();
      },
    });
    const { rows } = await runDoctor(['--deployed', '--client', 'claude-code'], {
      serversYaml,
      azd: {
        SERVICE_MCP_URI: url,
        AZURE_TENANT_ID: TENANT_ID,
        ENTRA_CLIENT_ID: APP_ID,
        MCP_CLIENT_ID: clientId,
        ENTRA_SERVER_URIS: 'none',
      },
      env: { AZURE_AUTHORITY_HOST: url },
    });
    expect(rows.filter(({ group }) => group === 'clients')).toMatchObject([{ result, fix }]);
    const form = rows.find(({ check }) => check === 'notes: form of the scopes');
    expect(form?.result).toBe('noted');
  });
});

describe.skipIf(lacksShell)('an az that cannot tell', () => {
  test.each([
    [undefined, 'az cannot be started | install the Azure CLI, then az login'],
    [
      `echo "ERROR: Please run 'az login' to setup account. SECRET" >&2; exit 1`,
      'az is not signed in | az login',
    ],
    [
      'echo 99999999-9999-4999-8999-999999999999',
      `signed in to 99999999-9999-4999-8999-999999999999 | az login --tenant ${TENANT_ID}`,
    ],
    [
      'echo "WARNING: old" >&2; echo "ERROR: something new" >&2; exit 3',
      'ERROR: something new | run it by hand: az account show --query tenantId --output tsv',
    ],
  ])('is one row: %s', async (az, line) => {
    const { manifest, azCalls, text } = await examine(az);
    expect(unexpected(manifest)).toEqual([`unknown | Azure CLI | ${line}`]);
    expect(azCalls.split('\n').length).toBeLessThan(3);
    expect(text).not.toContain('SECRET');
  });

  test.each([
    ['exec sleep 100', 'az did not finish within 6 s'],
    ['exec head -c 17000000 /dev/zero', 'az printed more than 16 MiB'],
  ])('is told for each registration, and all other rows are there: %s', async (script, came) => {
    const az = `case "$*" in *account*) echo ${TENANT_ID};; *) ${script};; esac`;
    const { code, rows, manifest } = await examine(az);
    expect(unexpected(manifest)).toEqual([
      `unknown | app ENTRA_CLIENT_ID | ${came} | run it by hand: az ad app show --id ${APP_ID} --output json`,
      `unknown | app MCP_CLIENT_ID | ${came} | run it by hand: az ad app show --id ${clientId} --output json`,
    ]);
    expect(rows.map(({ check }) => check)).toContain('notes: document');
    expect(code).toBe(1);
  });

  test('is told when it prints something else than a registration', async () => {
    const az = `case "$*" in *account*) echo ${TENANT_ID};; *) echo '{"SECRET": [';; esac`;
    const { manifest, text } = await examine(az);
    expect(unexpected(manifest)).toEqual([
      'unknown | app ENTRA_CLIENT_ID | az printed something else | update the Azure CLI',
      'unknown | app MCP_CLIENT_ID | az printed something else | update the Azure CLI',
    ]);
    expect(text).not.toContain('SECRET');
  });
});
