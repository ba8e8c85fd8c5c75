// The hooks, run as azd runs them: each line of azure.yaml in a shell, in a copy of the project,
// with the values of an azd environment, and with an azd and an az that only write down what they
// are asked.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what people write in servers.yaml.

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ProjectCopy } from '../docs/project-copy.ts';
import { cases, settingsOf } from './cases.ts';

const lines: Record<string, { posix: { run: string } }> = parse(
  readFileSync('azure.yaml', 'utf8'),
).hooks;

/** A program that appends its arguments, and the content of a file it is given, to calls.jsonl. */
const recorder = (program: string) => `#!${process.execPath}
import { appendFileSync, readFileSync } from 'node:fs';
const args = process.argv.slice(2);
const file = args.includes('--file') ? readFileSync(args[args.indexOf('--file') + 1], 'utf8') : '';
const call = { program: '${program}', args, file };
appendFileSync(process.env.CALLS, JSON.stringify(call) + '\\n');
if (args.includes('list')) console.log(process.env[args.includes('operation') ? 'OPERATIONS' : 'APIS'] ?? '');
if (args[1] === 'get-value') console.log(process.env[args[2]] ?? '');
process.exitCode = Number(process.env.EXIT_${program.toUpperCase()} ?? 0);
`;

interface Call {
  readonly program: string;
  readonly args: readonly string[];
  readonly file: string;
}

/** The values of an azd environment after a deployment. */
const deployed = {
  AZURE_ENV_NAME: 'dev',
  AZURE_FUNCTION_NAME: 'func-abc',
  AZURE_RESOURCE_GROUP: 'rg-dev',
  SERVICE_MCP_URI: 'https://func-abc.azurewebsites.net',
  MCP_HOST_STATE_KEY: 'k'.repeat(43),
};

/** The same with API Management in front. */
const behindGateway = {
  ...deployed,
  APIM_SKU: 'BasicV2',
  APIM_NAME: 'apim-abc',
  APIM_GATEWAY_URL: 'https://apim-abc.azure-api.net',
  APIM_DEPLOYED: 'apim-abc',
  APIM_APIS: JSON.stringify(['mcp-time', 'mcp-weather']),
};

const secret = `quote' double" dollar$PATH back\\slash \`tick\` é \u{1f600} end`;

describe.skipIf(process.platform === 'win32')('the hooks', { timeout: 120_000 }, () => {
  const project = new ProjectCopy();
  const calls = join(project.folder, 'calls.jsonl');
  const servers = readFileSync('servers.yaml', 'utf8');

  beforeAll(() => {
    for (const program of ['azd', 'az', 'npm']) {
      project.write(`bin/${program}`, recorder(program));
      chmodSync(join(project.folder, 'bin', program), 0o755);
    }
    const { status, stderr } = project.run('npm run build');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  }, 120_000);
  afterAll(() => project.remove());
  beforeEach(() => {
    rmSync(calls, { force: true });
    project.write('servers.yaml', servers);
  });

  function run(name: string, values: Readonly<Record<string, string>> = {}) {
    const path = [join(project.folder, 'bin'), dirname(process.execPath), '/usr/bin', '/bin'];
    return spawnSync('sh', ['-c', lines[name]?.posix.run ?? 'exit 99'], {
      cwd: project.folder,
      env: { PATH: path.join(delimiter), CALLS: calls, ...values },
      encoding: 'utf8',
    });
  }

  function recorded(program: string): Call[] {
    if (!existsSync(calls)) return [];
    const all: Call[] = readFileSync(calls, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    return all.filter((call) => call.program === program);
  }

  /** The values that a hook set, as azd reads them: between ' nothing is replaced. */
  function valuesSet(): Record<string, string> {
    const text = recorded('azd')
      .map(({ file }) => file)
      .join('');
    const values = [...text.matchAll(/^(\w+)='([^'\n]*)'$/gm)];
    expect(values).toHaveLength(text.trim() === '' ? 0 : text.trim().split('\n').length);
    return Object.fromEntries(values.map(([, name, value]) => [name, value]));
  }

  describe('preprovision', () => {
    test('installs when the lock file is newer than what is installed, then builds', () => {
      project.write('package-lock.json', '{}');
      try {
        expect(run('preprovision')).toMatchObject({ status: 0, stderr: '' });
        expect(recorded('npm').map(({ args }) => args.slice(0, 3))).toEqual([
          ['ci', '--no-audit', '--no-fund'],
          ['run', '--silent', 'build'],
        ]);
      } finally {
        rmSync(join(project.folder, 'package-lock.json'));
      }
    });

    test('ends azd when the installation fails', () => {
      const { status, stderr } = run('preprovision', { EXIT_NPM: '1' });
      expect(status).toBe(1);
      expect(stderr).toContain('npm run --silent build failed');
    });

    test('makes a sealing key once, and passes no value as an argument', () => {
      expect(run('preprovision').status).toBe(0);
      const [{ args } = { args: [] }] = recorded('azd');
      expect(args.slice(0, 3)).toEqual(['env', 'set', '--file']);
      expect(args).toHaveLength(4);
      expect(valuesSet().MCP_HOST_STATE_KEY).toMatch(/^[\w-]{43}$/);
      rmSync(calls);
      run('preprovision', deployed);
      expect(valuesSet().MCP_HOST_STATE_KEY).toBe(deployed.MCP_HOST_STATE_KEY);
    });

    test('fills in what env of the enabled servers refers to, as it is', () => {
      project.write(
        'servers.yaml',
        `${servers}    env: { A: "\${TIME_KEY}", B: "x\${OTHER:-y}", C: "\${VAULT}", D: "\${WEBSITE_NAME:-z}" }\n` +
          '  off: { module: ./servers/time/index.ts, enabled: false, env: { E: "${HIDDEN}" } }\n',
      );
      const { status, stdout, stderr } = run('preprovision', {
        TIME_KEY: secret,
        VAULT: 'akvs://00000000-0000-0000-0000-000000000001/my-vault/my-secret',
        WEBSITE_NAME: 'not for an app setting',
        HIDDEN: 'of a disabled server',
        MCP_SERVERS_FILE: 'another.yaml',
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(JSON.parse(valuesSet().MCP_SERVER_ENV ?? '')).toEqual({
        TIME_KEY: secret,
        VAULT: '@Microsoft.KeyVault(VaultName=my-vault;SecretName=my-secret)',
      });
      expect(stdout).not.toContain('dollar');
    });

    test('deploys nothing while a variable is missing, and says how to set it', () => {
      project.write('servers.yaml', `${servers}    env: { A: "\${TIME_KEY}" }\n`);
      const { status, stderr } = run('preprovision');
      expect(status).toBe(1);
      expect(stderr).toContain('expected the variable TIME_KEY to be set');
      expect(stderr).toContain('azd env set NAME VALUE');
      expect(recorded('azd')).toEqual([]);
    });

    test.each([
      ['ALWAYS_READY', '-1', 'a whole number from 0 to 100'],
      ['INSTANCE_MEMORY_MB', '1024', '512 or 2048 or 4096'],
      ['MAX_INSTANCES', 'many', 'a whole number from 1 to 1000'],
      ['VNET_ENABLED', 'yes', 'true or false'],
      ...['192.0.2.7', '192.0.2.0/33', '192.0.2.256/32', '192.0.2.0/24,', '2001:db8::/32', '/'].map(
        (ranges) => [
          'ALLOWED_IP_RANGES',
          ranges,
          'IPv4 ranges such as 192.0.2.0/24, separated by commas (one address: 192.0.2.7/32)',
        ],
      ),
      ['LOG_RETENTION_DAYS', '7', 'a whole number from 30 to 730'],
      ['LOG_DAILY_CAP_GB', '0.5', 'a whole number from -1 to 10000'],
      ['TRACE_SAMPLING_PERCENT', '0', 'a whole number from 1 to 100'],
      ['ALERT_EMAIL', 'a@example.com, b@example.com', 'one e-mail address'],
      ['ALERTS_ENABLED', 'on', 'true or false'],
      ['ALERT_FAILED_PERCENT', '0.1', 'a whole number from 1 to 100'],
      ['ALERT_LATENCY_MS', '10s', 'a whole number from 1 to 1000000'],
      ['ALERT_REFUSALS', '0', 'a whole number from 1 to 1000000'],
      ['PRE_AUTHORIZED_CLIENT_IDS', 'vscode', 'client ids (GUIDs), separated by commas'],
      ['ENTRA_ASSIGNMENT_REQUIRED', '1', 'true or false'],
      ['SERVICE_MANAGEMENT_REFERENCE', 'x', 'a GUID'],
      ['ENTRA_SERVER_URIS', 'no', 'address or none'],
      ['RESOURCE_TOKEN', 'Short', '13 lower-case letters and digits'],
      ...['Consumption', 'Basicv2', 'free'].map((sku) => [
        'APIM_SKU',
        sku,
        'none, BasicV2, StandardV2, Developer, Basic, Standard, Premium (not Consumption, which ends answers after 30 s, delays event streams and cannot limit callers)',
      ]),
      ['APIM_PUBLISHER_EMAIL', 'me', 'an e-mail address'],
      ['APIM_CUSTOM_DOMAIN', 'https://mcp.example.com', 'a host name such as mcp.example.com'],
      [
        'APIM_CERTIFICATE_URL',
        'mcp.pfx',
        'the address of a secret in a Key Vault, https://<vault>.vault.azure.net/secrets/<name>',
      ],
    ])('deploys nothing with %s=%s', (name, value, expected) => {
      const { status, stderr } = run('preprovision', { [name]: value });
      const fix = `azd env set ${name} VALUE`;
      expect(stderr).toBe(`${name}: expected ${expected}, got "${value}". Fix: ${fix}\n`);
      expect(status).toBe(1);
      expect(recorded('azd')).toEqual([]);
    });

    test.each([
      [{ APIM_CUSTOM_DOMAIN: 'mcp.example.com' }, 'expected APIM_SKU to be set too'],
      [
        { APIM_SKU: 'BasicV2', APIM_CUSTOM_DOMAIN: 'mcp.example.com' },
        'expected APIM_CERTIFICATE_URL to be set too',
      ],
      [
        { APIM_SKU: 'BasicV2', APIM_CERTIFICATE_URL: 'https://v.vault.azure.net/secrets/mcp' },
        'expected APIM_CUSTOM_DOMAIN to be set too',
      ],
    ])('deploys nothing with half a custom domain: %j', (values, expected) => {
      const { status, stderr } = run('preprovision', values);
      expect(stderr).toContain(expected);
      expect({ status, calls: recorded('azd') }).toEqual({ status: 1, calls: [] });
    });

    const redirectUris =
      'expected https addresses, http://localhost or http://127.0.0.1, or a scheme of the client, ' +
      "separated by commas, without the characters * # ! $ ' ( ) ; and with at most 256 characters each";
    test.each([
      [
        'ENTRA_CLIENTS',
        'claude, netscape',
        'expected a list of these words, separated by commas: loopback, vscode, claude, cursor, chatgpt, got "netscape"',
      ],
      ...[
        'http://app.example.com/callback',
        'http://[::1]/callback',
        'https://*.example.com/callback',
        'https://app.example.com/callback#part',
        'https://user:word@app.example.com/callback',
        '/callback',
        'javascript://x',
        `https://app.example.com/${'x'.repeat(250)}`,
      ].map((uri) => ['ENTRA_REDIRECT_URIS', uri, `${redirectUris}, got "${uri}"`]),
      [
        'ENTRA_REDIRECT_URIS',
        'http://localhost:3118/callback',
        'expected redirect URIs that differ in more than the port, because Entra ignores the port (http://localhost/callback is already in the list), got "http://localhost:3118/callback"',
      ],
      [
        'ENTRA_REDIRECT_URIS',
        'http://LOCALHOST:1/own, http://localhost:2/own',
        'expected redirect URIs that differ in more than the port, because Entra ignores the port (http://LOCALHOST:1/own is already in the list), got "http://localhost:2/own"',
      ],
      [
        'ENTRA_REDIRECT_URIS',
        'http://127.0.0.1:1/own, http://127.0.0.1:2/own',
        'expected redirect URIs that differ in more than the port, because Entra ignores the port (http://127.0.0.1:1/own is already in the list), got "http://127.0.0.1:2/own"',
      ],
      [
        'ENTRA_REDIRECT_URIS',
        Array.from({ length: 250 }, (_, index) => `https://app.example.com/${index}`).join(),
        'expected at most 256 redirect URIs in total, got "257"',
      ],
      ...['everybody', 'mcp.time.app=everybody', 'a=b=44444444-4444-4444-4444-444444444444'].map(
        (entry) => [
          'ENTRA_ROLE_GROUPS',
          entry,
          `expected object ids of groups (GUIDs), each alone or after a role, such as mcp.weather.app=GUID, got "${entry}"`,
        ],
      ),
      [
        'ENTRA_ROLE_GROUPS',
        'mcp.gone.app=44444444-4444-4444-4444-444444444444',
        'expected only the roles mcp.time.app, got "mcp.gone.app"',
      ],
    ] as [string, string, string][])(
      'deploys nothing that Entra would refuse: %s=%s',
      (name, value, says) => {
        project.write('servers.yaml', `${servers}    auth: entra\n`);
        const { status, stderr } = run('preprovision', { [name]: value });
        expect(stderr).toBe(`${name}: ${says}. Fix: azd env set ${name} VALUE\n`);
        expect({ status, calls: recorded('azd') }).toEqual({ status: 1, calls: [] });
      },
    );

    test('takes redirect URIs that differ in the port where Entra looks at it', () => {
      const uris = 'https://app.example.com/a, https://app.example.com:8443/a, app.client://back';
      expect(run('preprovision', { ENTRA_REDIRECT_URIS: uris })).toMatchObject({
        status: 0,
        stderr: '',
      });
    });

    test('deploys no server whose address is too long for Entra', () => {
      const path = `/${Array.from({ length: 9 }, () => 'a'.repeat(24)).join('/')}`;
      project.write('servers.yaml', `${servers}    auth: entra\n    path: ${path}\n`);
      const known = { AZURE_FUNCTION_NAME: 'func-abcdefgh23456' };
      const { status, stderr } = run('preprovision', known);
      expect(stderr).toContain('an address of at most 255 characters for time');
      expect(status).toBe(1);
      expect(run('preprovision', { ...known, ENTRA_SERVER_URIS: 'none' }).status).toBe(0);
    });

    describe('names and the redirect URIs of Codex', () => {
      const place = {
        AZURE_SUBSCRIPTION_ID: '00000000-0000-0000-0000-000000000001',
        AZURE_ENV_NAME: 'dev',
        AZURE_LOCATION: 'swedencentral',
      };
      const made = (values: Readonly<Record<string, string>>) => {
        rmSync(calls, { force: true });
        expect(run('preprovision', values).status).toBe(0);
        const { RESOURCE_TOKEN: token, ENTRA_CODEX_REDIRECT_URIS: codex } = valuesSet();
        return { token, codex };
      };
      beforeEach(() => {
        project.write(
          'servers.yaml',
          'servers:\n  notes: { module: ./servers/time/index.ts, auth: entra }\n  open: { module: ./servers/time/index.ts, auth: anonymous }\n',
        );
      });

      test('the first deployment knows both, and a second checkout makes the same', () => {
        const { token = '', codex } = made(place);
        expect(token).toMatch(/^[a-z2-7]{13}$/);
        expect(codex).toMatch(/^http:\/\/127\.0\.0\.1\/callback\/[\w-]{12}$/);
        expect(made(place)).toEqual({ token, codex });
        expect(made({ ...place, RESOURCE_TOKEN: token })).toEqual({ token, codex });
        expect(made({ ...place, AZURE_ENV_NAME: 'prod' }).token).not.toBe(token);
      });

      test.each([
        { RESOURCE_TOKEN: 'abcdefgh23456' },
        { AZURE_FUNCTION_NAME: 'func-abcdefgh23456' },
        { AZURE_FUNCTION_NAME: 'func-abcdefgh23456', RESOURCE_TOKEN: 'another234567' },
      ])('names that are there stay, and the hash is that of the address: %j', (values) => {
        const one = cases.find(({ name }) => name === 'entra-clients');
        expect(made({ ...place, ...values })).toEqual({
          token: 'abcdefgh23456',
          codex: one?.settings.ENTRA_CODEX_REDIRECT_URIS,
        });
      });

      test('while azd has not asked for a place, nothing is made up', () => {
        expect(made({})).toEqual({ token: undefined, codex: undefined });
        expect(made({ AZURE_FUNCTION_NAME: 'another-name' }).token).toBeUndefined();
      });

      test("behind a gateway the address is the gateway's", () => {
        const direct = made({ ...place, RESOURCE_TOKEN: 'abcdefgh23456' }).codex;
        const values = { ...place, RESOURCE_TOKEN: 'abcdefgh23456', APIM_SKU: 'BasicV2' };
        const behind = made(values).codex;
        const domain = made({
          ...values,
          APIM_CUSTOM_DOMAIN: 'mcp.example.com',
          APIM_CERTIFICATE_URL: 'https://v.vault.azure.net/secrets/mcp',
        }).codex;
        expect(new Set([direct, behind, domain]).size).toBe(3);
      });
    });

    test('makes the key of the gateway once, and only for a gateway', () => {
      expect(run('preprovision', deployed).status).toBe(0);
      expect(valuesSet()).not.toHaveProperty('MCP_GATEWAY_KEY');
      run('preprovision', { ...deployed, APIM_SKU: 'BasicV2' });
      const { MCP_GATEWAY_KEY: key = '', MCP_HOST_STATE_KEY: other } = valuesSet();
      expect(key).toMatch(/^[\w-]{43}$/);
      expect(key).not.toBe(other);
      rmSync(calls);
      run('preprovision', { ...deployed, APIM_SKU: 'BasicV2', MCP_GATEWAY_KEY: key });
      expect(valuesSet().MCP_GATEWAY_KEY).toBe(key);
    });

    test.each([
      {
        count: 148,
        auth: 'function',
        fits: false,
        says: 'at most 147 servers in servers.yaml, got 148',
      },
      { count: 147, auth: 'function', fits: true, says: '' },
      {
        count: 101,
        auth: 'jwt',
        fits: false,
        says: 'at most 100 servers with "auth: entra" or "jwt", got 101',
      },
    ])(
      'counts the servers for the gateway: $count with auth: $auth',
      ({ count, auth, fits, says }) => {
        const entries = Array.from({ length: count }, (_, index) => {
          const entry = { module: './servers/time/index.ts', auth, enabled: true };
          return [`s${index}`, entry];
        });
        const jwt = { issuer: 'https://id.example.com', audience: 'a' };
        const defaults = auth === 'jwt' ? { jwt } : {};
        project.write(
          'servers.yaml',
          JSON.stringify({ defaults, servers: Object.fromEntries(entries) }),
        );
        const { status, stderr } = run('preprovision', { ...deployed, APIM_SKU: 'BasicV2' });
        expect(stderr).toContain(says);
        expect(status).toBe(fits ? 0 : 1);
        if (!fits) expect(recorded('azd')).toEqual([]);
      },
    );

    test('a path that the gateway still has under another name is told before, with the command', () => {
      const { status, stderr } = run('preprovision', {
        ...behindGateway,
        MCP_SERVERS: JSON.stringify([{ name: 'clock', path: '/time/mcp' }]),
      });
      expect(stderr).toContain('"/time/mcp" is still the path of clock at the gateway');
      expect(stderr).toContain(
        'az apim api delete --resource-group rg-dev --service-name apim-abc --api-id mcp-clock --delete-revisions true --yes',
      );
      expect(status).toBe(1);
    });

    test.runIf(existsSync('/usr/bin/script'))('asks nothing at a terminal', () => {
      const path = [join(project.folder, 'bin'), dirname(process.execPath), '/usr/bin', '/bin'];
      // A terminal of its own, as azd gives one to an interactive hook; nobody types.
      const { status } = spawnSync(
        'script',
        ['-qec', lines.preprovision?.posix.run ?? '', '/dev/null'],
        {
          cwd: project.folder,
          env: { PATH: path.join(delimiter), CALLS: calls },
          stdio: ['pipe', 'ignore', 'ignore'],
          timeout: 60_000,
        },
      );
      expect(status).toBe(0);
      expect(valuesSet()).not.toHaveProperty('APIM_SKU');
    });

    test.each([{ CI: 'true' }, { TF_BUILD: 'True' }])(
      'makes no sealing key in a pipeline, which could not keep it: %j',
      (values) => {
        const { status, stderr } = run('preprovision', values);
        expect(stderr).toContain(
          'MCP_HOST_STATE_KEY: expected a secret of this pipeline, got none',
        );
        expect({ status, calls: recorded('azd') }).toEqual({ status: 1, calls: [] });
        expect(run('preprovision', { ...values, MCP_HOST_STATE_KEY: 'k'.repeat(32) }).status).toBe(
          0,
        );
      },
    );

    test('deploys nothing with a short sealing key, and does not show it', () => {
      const { status, stderr } = run('preprovision', { MCP_HOST_STATE_KEY: 'short-key' });
      expect(stderr).toBe(
        'MCP_HOST_STATE_KEY: expected at least 32 characters, got 9. Fix: azd env set MCP_HOST_STATE_KEY "", which creates a new key\n',
      );
      expect({ status, calls: recorded('azd') }).toEqual({ status: 1, calls: [] });
    });

    test('says that the region was not checked when nobody can be asked, and goes on', () => {
      const { status, stderr } = run('preprovision', {
        AZURE_SUBSCRIPTION_ID: '00000000-0000-0000-0000-000000000001',
        AZURE_LOCATION: 'swedencentral',
      });
      expect(stderr).toBe(
        'The deployment continues without a check that the region offers all services: azd auth token returned no token\n',
      );
      expect(status).toBe(0);
    });

    test('takes the settings of the snapshot cases, which the template takes', () => {
      const all: Record<string, string> = Object.assign({}, ...cases.map(settingsOf));
      // Groups get the role of a server that those cases have.
      project.write(
        'servers.yaml',
        `${servers}  notes: { module: ./servers/time/index.ts, auth: entra }\n`,
      );
      // The last one wins, so a custom domain has its certificate and its SKU.
      expect(run('preprovision', { ...all, MCP_SERVER_ENV: '' })).toMatchObject({
        status: 0,
        stderr: '',
      });
    });

    test('deploys nothing that check refuses', () => {
      project.write('servers.yaml', servers.replace('title: US weather', 'title: "{{key}}"'));
      const { status, stderr } = run('preprovision');
      expect(status).toBe(1);
      expect(stderr).toMatch(
        /servers\.yaml:\d+:\d+ servers\.weather\.title: expected text without \{\{/,
      );
    });

    test('deploys no alerts that nobody hears of', () => {
      const { status, stderr } = run('preprovision', { ALERTS_ENABLED: 'true' });
      expect(stderr).toBe(
        'ALERTS_ENABLED: expected ALERT_EMAIL to be set too, got none. Fix: azd env set ALERT_EMAIL VALUE\n',
      );
      expect(status).toBe(1);
    });

    test.each([
      { name: 'nothing but use', values: {}, says: ['free without calls', 'at most 1 GB'] },
      {
        name: 'ALWAYS_READY',
        values: { ALWAYS_READY: '2' },
        says: ['ALWAYS_READY=2: charged per second'],
      },
      { name: 'VNET_ENABLED', values: { VNET_ENABLED: 'true' }, says: ['private endpoint'] },
      {
        name: 'APIM_SKU',
        values: { APIM_SKU: 'StandardV2' },
        says: ['API Management StandardV2: about $700 a month'],
      },
      {
        name: 'ALERTS_ENABLED',
        values: { ALERTS_ENABLED: 'true', ALERT_EMAIL: 'people@example.com' },
        says: ['four alert rules, charged per month'],
      },
    ])('says what costs money: $name', ({ values, says }) => {
      const { stdout } = run('preprovision', values);
      for (const text of says) expect(stdout).toContain(text);
      expect(stdout.includes('private endpoint')).toBe('VNET_ENABLED' in values);
    });

    test('says what is gone since the last deployment, and which scopes need a second one', () => {
      project.write('servers.yaml', `${servers}    auth: entra\n`);
      const { stdout } = run('preprovision', {
        MCP_SERVERS: JSON.stringify([{ name: 'time' }, { name: 'notes' }]),
        ENTRA_SCOPES: 'mcp.time,mcp.notes',
      });
      expect(stdout).toContain('No longer in servers.yaml: notes.');
      expect(stdout).toContain('Scopes of the Entra app that no server uses: mcp.notes.');
    });
  });

  describe('postprovision', () => {
    test('prints addresses, the command for the key, entries that ask for it, and what comes next', () => {
      const { status, stdout, stderr } = run('postprovision', deployed);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toContain('  weather  https://func-abc.azurewebsites.net/weather/mcp  (key)');
      expect(stdout).toContain(
        'az functionapp keys list --resource-group rg-dev --name func-abc --query functionKeys.default --output tsv',
      );
      expect(stdout).toContain('"url": "https://func-abc.azurewebsites.net/time/mcp"');
      expect(stdout).toContain('"x-functions-key": "${input:mcp-function-key}"');
      expect(stdout).toContain('azd env set APIM_SKU BasicV2, then azd up');
      expect(stdout).toContain('Next: azd deploy');
      expect(readFileSync(join(project.folder, '.vscode/mcp.json'), 'utf8')).toContain(
        'https://${input:mcp-function-app}.azurewebsites.net/time/mcp',
      );
    });

    test('shows no address of a server that is only a member, and nothing of it at a gateway', () => {
      project.write(
        'servers.yaml',
        `${servers}    path: none\n  desk: { combine: { time: {} } }\n`,
      );
      const { status, stdout, stderr } = run('postprovision', {
        ...behindGateway,
        APIM_APIS: JSON.stringify(['mcp-desk', 'mcp-weather']),
        APIS: 'mcp-time\nmcp-weather\nmcp-desk',
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toContain('  desk  https://apim-abc.azure-api.net/desk/mcp  (key)');
      expect(stdout).not.toMatch(/^ {2}time /m);
      expect(stdout).not.toContain('"time": {');
      expect(stdout).not.toContain('none');
      expect(stdout).toContain('--api-id mcp-time --delete-revisions true --yes');
    });

    test('MCP_JSON=write puts the real addresses into .vscode/mcp.json', () => {
      const file = join(project.folder, '.vscode/mcp.json');
      const before = readFileSync(file, 'utf8');
      expect(run('postprovision', { ...deployed, MCP_JSON: 'write' }).status).toBe(0);
      expect(JSON.parse(readFileSync(file, 'utf8')).servers.time.url).toBe(
        'https://func-abc.azurewebsites.net/time/mcp',
      );
      project.write('.vscode/mcp.json', before);
    });

    test('with a gateway, prints its addresses, entries for it, and nothing that is left', () => {
      const { status, stdout, stderr } = run('postprovision', {
        ...behindGateway,
        APIS: 'mcp-time\nmcp-weather\necho-api',
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toContain('  weather  https://apim-abc.azure-api.net/weather/mcp  (key)');
      expect(stdout).toContain('"time": {');
      expect(stdout).toContain('install --azd --client claude-code');
      expect(stdout).toContain('"url": "https://apim-abc.azure-api.net/time/mcp"');
      expect(stdout).toContain('"x-functions-key": "${input:mcp-function-key}"');
      expect(stdout).not.toContain('The gateway still has APIs');
    });

    test('lists what the gateway still serves, with the commands that delete it', () => {
      project.write(
        'servers.yaml',
        `${servers}    auth: jwt\n    jwt: { issuer: "https://id.example", audience: a }\n`,
      );
      const { stdout } = run('postprovision', {
        ...behindGateway,
        APIM_APIS: JSON.stringify(['mcp-time', 'mcp-weather', 'protected-resource-metadata']),
        APIS: 'mcp-time\nmcp-weather\nmcp-gone\nprotected-resource-metadata\npages\nregistry\necho-api',
        OPERATIONS: 'time\nnotes',
      });
      const service = '--resource-group rg-dev --service-name apim-abc';
      const commands = stdout.split('\n').filter((line) => line.startsWith('  az apim'));
      expect(commands).toEqual([
        ...['mcp-gone', 'pages', 'registry'].map(
          (name) =>
            `  az apim api delete ${service} --api-id ${name} --delete-revisions true --yes`,
        ),
        `  az apim api operation delete ${service} --api-id protected-resource-metadata --operation-id notes`,
      ]);
    });

    test('says how to look when az cannot be asked', () => {
      const { status, stdout } = run('postprovision', { ...behindGateway, EXIT_AZ: '1' });
      expect(status).toBe(0);
      expect(stdout).toContain('az apim api list --resource-group rg-dev --service-name apim-abc');
    });

    test('says that a gateway is left, and paid, when none is asked for any more', () => {
      const { stdout } = run('postprovision', {
        ...deployed,
        APIM_DEPLOYED: 'apim-abc',
        APIM_SKU: 'none',
        AZURE_LOCATION: 'swedencentral',
      });
      expect(stdout).toContain('az apim delete --resource-group rg-dev --name apim-abc --yes');
      expect(stdout).toContain(
        'az apim deletedservice purge --service-name apim-abc --location swedencentral',
      );
      expect(stdout).not.toContain('azd env set APIM_SKU');
      expect(stdout).toContain('"url": "https://func-abc.azurewebsites.net/time/mcp"');
    });

    test('remembers the gateway for the day when azd has forgotten it', () => {
      run('postprovision', { ...behindGateway, APIM_DEPLOYED: '' });
      expect(valuesSet()).toEqual({ APIM_DEPLOYED: 'apim-abc' });
    });

    test('remembers both Entra apps for the day when azd has forgotten them', () => {
      const id = '11111111-1111-1111-1111-111111111111';
      const clients = '22222222-2222-2222-2222-222222222222';
      run('postprovision', { ...deployed, ENTRA_CLIENT_ID: id, MCP_CLIENT_ID: clients });
      expect(valuesSet()).toEqual({ ENTRA_APP_ID: id, ENTRA_CLIENTS_APP_ID: clients });
    });

    test('says that the Entra apps are left when no server uses them any more', () => {
      const id = '11111111-1111-1111-1111-111111111111';
      const clients = '22222222-2222-2222-2222-222222222222';
      const { stdout } = run('postprovision', {
        ...deployed,
        ENTRA_CLIENT_ID: '',
        ENTRA_APP_ID: id,
        MCP_CLIENT_ID: '',
        ENTRA_CLIENTS_APP_ID: clients,
      });
      expect(stdout).toContain(`az ad app delete --id ${id}`);
      expect(stdout).toContain(`az ad app delete --id ${clients}`);
      expect(valuesSet()).toEqual({});
    });
  });

  describe('postdeploy', () => {
    const withTokens = { MCP_SERVERS: JSON.stringify([{ name: 'notes', auth: 'entra' }]) };

    test('without a gateway it only notes where code is, once', () => {
      expect(run('postdeploy', deployed)).toMatchObject({ status: 0, stdout: '', stderr: '' });
      expect(valuesSet()).toEqual({ MCP_CODE_DEPLOYED_TO: 'func-abc' });
      rmSync(calls);
      run('postdeploy', { ...deployed, MCP_CODE_DEPLOYED_TO: 'func-abc' });
      expect(existsSync(calls)).toBe(false);
    });

    test('a gateway without its key is told, with the fix', () => {
      const { status, stderr } = run('postdeploy', { ...behindGateway, ...withTokens });
      expect(stderr).toContain('MCP_GATEWAY_KEY: expected the key that azd provision set');
      expect(status).toBe(1);
    });

    test('no key is set for servers that take none of the gateway', () => {
      const servers = JSON.stringify([{ name: 'time', auth: 'function' }]);
      expect(run('postdeploy', { ...behindGateway, MCP_SERVERS: servers }).status).toBe(0);
    });
  });

  describe('postdown', () => {
    const id = '11111111-1111-1111-1111-111111111111';

    test('forgets the gateway and the code that went', () => {
      const values = { APIM_DEPLOYED: 'apim-abc', MCP_CODE_DEPLOYED_TO: 'func-abc' };
      expect(run('postdown', values)).toMatchObject({ status: 0, stdout: '', stderr: '' });
      expect(valuesSet()).toEqual({ APIM_DEPLOYED: '', MCP_CODE_DEPLOYED_TO: '' });
    });

    test('deletes both Entra apps and forgets them', () => {
      const clients = '22222222-2222-2222-2222-222222222222';
      const values = { ENTRA_APP_ID: id, ENTRA_CLIENTS_APP_ID: clients };
      expect(run('postdown', values)).toMatchObject({ status: 0, stderr: '' });
      expect(recorded('az').map(({ args }) => args)).toEqual([
        ['ad', 'app', 'delete', '--id', id],
        ['ad', 'app', 'delete', '--id', clients],
      ]);
      expect(valuesSet()).toEqual({ ENTRA_APP_ID: '', ENTRA_CLIENTS_APP_ID: '' });
    });

    test('says how to delete it when az cannot, and leaves azd down a success', () => {
      const { status, stderr } = run('postdown', { ENTRA_APP_ID: id, EXIT_AZ: '1' });
      expect(status).toBe(0);
      expect(stderr).toContain(`az ad app delete --id ${id}`);
      expect(valuesSet()).toEqual({});
    });

    test.each([{}, { ENTRA_APP_ID: '' }, { ENTRA_APP_ID: '1; echo hello' }])(
      'does nothing for %j',
      (values) => {
        expect(run('postdown', values)).toMatchObject({ status: 0, stdout: '', stderr: '' });
        expect(existsSync(calls)).toBe(false);
      },
    );
  });
});
