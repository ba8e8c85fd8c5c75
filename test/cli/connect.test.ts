// mcp-host connect: the commands and fields for each connector, what is refused, and that nothing
// is run.

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lacksShell } from './doctor/run-doctor.ts';
import { makeFolder, runCli } from './run-cli.ts';

const tenant = '11111111-2222-4333-8444-555555555555';
const app = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee';
const address = 'https://func-x.azurewebsites.net/notes/mcp';
const redirect = 'https://global.consent.azure-apim.net/redirect/dev-5fnotes-5f1';
const serversYaml = `servers:
  notes: { module: ./notes.js, auth: entra, title: Notes, scopes: [notes.read, notes.write] }
  open: { module: ./open.js, auth: anonymous }
`;
const deployed = {
  AZURE_ENV_NAME: 'dev',
  SERVICE_MCP_URI: 'https://func-x.azurewebsites.net',
  AZURE_TENANT_ID: tenant,
  ENTRA_CLIENT_ID: app,
  MCP_HOST_STATE_KEY: 'SECRET',
};

interface Place {
  readonly yaml?: string;
  readonly values?: Readonly<Record<string, string>>;
}

async function connect(args: readonly string[], { yaml = serversYaml, values }: Place = {}) {
  const folder = makeFolder({
    'servers.yaml': yaml,
    'azd.json': JSON.stringify({ ...deployed, ...values }),
    'bin/azd': '#!/bin/sh\necho "$*" >> calls\ncat azd.json\n',
    'bin/az': '#!/bin/sh\necho "az $*" >> calls\n',
  });
  for (const tool of ['azd', 'az']) chmodSync(join(folder, 'bin', tool), 0o755);
  const place = { folder, env: { PATH: `${join(folder, 'bin')}:/usr/bin:/bin` } };
  const run = await runCli(['connect', ...args], place);
  const calls = join(folder, 'calls');
  const called = existsSync(calls) ? readFileSync(calls, 'utf8').trim() : '';
  return { ...run, folder, called, text: [...run.out, ...run.err].join('\n') };
}

/** Lines of a field: `Server URL  https://…`. */
function field(out: readonly string[], name: string): string | undefined {
  return out
    .find((line) => line.startsWith(`  ${name}  `))
    ?.slice(2 + name.length)
    .trim();
}

describe.skipIf(lacksShell)('connect', () => {
  test('prints commands and fields for Copilot Studio, and runs nothing but azd', async () => {
    const chosen = ['copilot-studio', '--server', 'notes', '--shell', 'sh'];
    const { code, out, err, called, text } = await connect(chosen);
    expect({ code, err, called }).toEqual({
      code: 0,
      err: [],
      called: 'env get-values --output json --no-prompt',
    });
    expect(field(out, 'Server URL')).toBe(address);
    expect(field(out, 'Authorization URL')).toBe(
      `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/authorize`,
    );
    expect(field(out, 'Scopes')).toBe(
      `${address}/notes.read ${address}/notes.write offline_access`,
    );
    expect(text).toContain(
      'connect copilot-studio --server notes --shell sh --redirect <that URL>',
    );
    expect(text).not.toContain('--web-redirect-uris');
    expect(text).not.toContain('SECRET');
  });

  test('with the redirect URI of the form, prints how it is registered', async () => {
    const { code, out, err } = await connect([
      ...['copilot-studio', '--shell', 'sh'],
      ...['--redirect', redirect],
    ]);
    expect({ code, err }).toEqual({ code: 0, err: [] });
    expect(out).toContain(`  az ad app update --id "$CLIENT_ID" --web-redirect-uris '${redirect}'`);
    expect(out.filter((line) => /^\S*\d\. /.test(line))).toHaveLength(4);
  });

  test('knows the redirect URI of Microsoft 365 Copilot, which is the same for everybody', async () => {
    const { out } = await connect(['m365', '--shell', 'sh']);
    expect(out.join('\n')).toContain(
      "--web-redirect-uris 'https://teams.microsoft.com/api/platform/v1.0/oAuthRedirect'",
    );
    expect(field(out, 'Base URL')).toBe('https://func-x.azurewebsites.net');
  });

  test('prints commands that a shell runs as they are meant', async () => {
    const { out, folder } = await connect([
      ...['copilot-studio', '--shell', 'sh'],
      ...['--redirect', redirect],
    ]);
    const commands = out.filter((line) => /^ {2}(az|[A-Z_]+=)/.test(line)).join('\n');
    const script = `set -e\naz() { printf '%s|' "$@" >> ran; echo >> ran; case "$*" in *query*) echo id;; esac; }\n${commands}`;
    const { status, stderr } = spawnSync('/bin/sh', ['-c', script], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const ran = readFileSync(join(folder, 'ran'), 'utf8').trim().split('\n');
    const find =
      "ad|app|list|--filter|displayName eq 'MCP Copilot Studio (dev notes)'|--query|[0].appId|--output|tsv|";
    expect(ran).toEqual([
      'ad|app|create|--display-name|MCP Copilot Studio (dev notes)|--sign-in-audience|AzureADMyOrg|--output|none|',
      find,
      'ad|sp|create|--id|id|--output|none|',
      ...['notes.read', 'notes.write'].flatMap((scope) => [
        `ad|app|show|--id|${app}|--query|api.oauth2PermissionScopes[?value=='${scope}'].id|--output|tsv|`,
        `ad|app|permission|add|--id|id|--api|${app}|--api-permissions|id=Scope|`,
      ]),
      `ad|app|permission|grant|--id|id|--api|${app}|--scope|notes.read notes.write|--output|none|`,
      'ad|app|credential|reset|--id|id|--append|--display-name|connector|--years|1|--query|password|--output|tsv|',
      find,
      `ad|app|update|--id|id|--web-redirect-uris|${redirect}|`,
    ]);
  });

  test('writes assignments as PowerShell does', async () => {
    const { out } = await connect(['m365', '--shell', 'pwsh']);
    expect(out.filter((line) => line.startsWith('  $CLIENT_ID = az ad app list '))).toHaveLength(2);
    expect(out.join('\n')).not.toContain('$(');
  });

  test('takes the address of the gateway, and short scopes where addresses are no identifier URIs', async () => {
    const values = {
      APIM_GATEWAY_URL: 'https://apim-x.azure-api.net',
      ENTRA_SERVER_URIS: 'none',
    };
    const { out } = await connect(['copilot-studio'], { values });
    expect(field(out, 'Server URL')).toBe('https://apim-x.azure-api.net/notes/mcp');
    expect(field(out, 'Scopes')).toBe(`${app}/notes.read ${app}/notes.write offline_access`);
  });

  test('remarks on a redirect URI that the connector would not make', async () => {
    const { code, err } = await connect(['copilot-studio', '--redirect', 'https://a.example/x']);
    expect(code).toBe(0);
    expect(err).toEqual([
      'The redirect URIs of Copilot Studio begin with https://global.consent.azure-apim.net/redirect/, but yours does not: copy it from the form exactly.',
    ]);
  });

  test.each([
    [[], 'expected the name of a connector (copilot-studio|m365), got none'],
    [['slack'], 'unknown connector "slack": expected copilot-studio|m365'],
    [['m365', '--redirect', 'http://a.example'], '--redirect: expected an https address'],
    [['m365', '--redirect', 'https:a.example'], '--redirect: expected an https address'],
    [['m365', '--redirect', 'https:///a.example'], '--redirect: expected an https address'],
    [['m365', '--redirect', 'https://:@a.example/'], '--redirect: expected an https address'],
    [['m365', '--redirect', 'nonsense'], '--redirect: expected an https address'],
    [['m365', '--redirect', 'https://a.example/#x'], '--redirect: expected an address without #'],
    [
      ['m365', '--redirect', 'https://me:SECRET@a.example/'],
      '--redirect: expected an address without a user name',
    ],
    [
      ['m365', '--redirect', "https://a.example/';rm -rf ~'"],
      '--redirect: expected letters, digits and _.~:/?@=+- only',
    ],
    [
      ['m365', '--redirect', `https://a.example/${'x'.repeat(256)}`],
      '--redirect: expected at most 256 characters',
    ],
    [['m365', '--shell', 'cmd'], '--shell: expected sh or pwsh, got "cmd"'],
    [['m365', '--server', 'open'], '--server: expected one of notes, got "open"'],
  ])('%j is wrong use', async (args, message) => {
    const { code, out, err, called } = await connect(args);
    expect({ code, out, called }).toEqual({ code: 2, out: [], called: '' });
    expect(err[0]?.replace(/^.*?mcp-host:\S* /, '')).toBe(message);
    expect(err.join()).not.toContain('SECRET');
  });

  test('asks which server is meant when several take tokens of Entra', async () => {
    const yaml = serversYaml.replace('auth: anonymous', 'auth: entra');
    const { code, err } = await connect(['m365'], { yaml });
    expect({ code, line: err[0] }).toEqual({
      code: 2,
      line: expect.stringContaining('--server is needed: one of notes, open'),
    });
    const { out } = await connect(['m365', '--server', 'open'], { yaml });
    expect(field(out, 'Scope')).toMatch(/\/open\/mcp\/mcp\.open offline_access$/);
  });

  test.each([
    [
      { yaml: 'servers:\n  notes: { module: ./notes.js }\n' },
      /no server has "auth: entra"\. Fix: /,
    ],
    [
      { values: { ENTRA_CLIENT_ID: '' } },
      /the azd environment dev does not have an Entra app for notes yet\. Fix: azd up$/,
    ],
    [
      { values: { ENTRA_CLIENT_ID: '$(SECRET)' } },
      /the name or the Entra app of the azd environment is not valid\. Fix: azd env refresh$/,
    ],
    [
      { values: { AZURE_ENV_NAME: "a'; SECRET" } },
      /the name or the Entra app of the azd environment is not valid\. Fix: azd env refresh$/,
    ],
  ])('says what is missing: %j', async (place: Place, message) => {
    const { code, out, err } = await connect(['m365'], place);
    expect({ code, out, err }).toEqual({ code: 1, out: [], err: [expect.stringMatching(message)] });
    expect(err.join()).not.toContain('SECRET');
  });
});
