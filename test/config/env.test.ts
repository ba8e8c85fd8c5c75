// What the process takes from environment variables, and how a faulty one is told.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what people write in servers.yaml.

import { resolve } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { ConfigError } from '../../config/diagnostics.ts';
import { applyServerEnv, readEnvironment, resolveServer } from '../../config/env.ts';
import { parseConfig } from '../../config/load.ts';
import type { ServerConfig } from '../../config/schema.ts';

function linesFor(source: NodeJS.ProcessEnv): string[] {
  try {
    readEnvironment(source);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('the environment', () => {
  test('has a default for everything, and is frozen', () => {
    const environment = readEnvironment({});
    expect(environment).toEqual({
      port: 3000,
      host: '127.0.0.1',
      logLevel: 'info',
      isDumbTerminal: false,
      behindFunctionsHost: false,
      underCoreTools: false,
      development: false,
      easyAuthEnabled: false,
      authorityHost: 'https://login.microsoftonline.com',
      entraServerUris: 'address',
      serversFile: resolve('servers.yaml'),
      proxy: { httpProxy: '', httpsProxy: '', noProxy: '' },
      inherited: {},
    });
    expect(Object.isFrozen(environment)).toBe(true);
  });

  test.each<[string, NodeJS.ProcessEnv, object]>([
    ['PORT', { PORT: '8080' }, { port: 8080, behindFunctionsHost: false }],
    ['any free port', { PORT: '0' }, { port: 0 }],
    [
      'the port of the Functions host before PORT, even when PORT is of no use',
      { FUNCTIONS_CUSTOMHANDLER_PORT: '40123', PORT: 'tcp://x' },
      { port: 40_123, behindFunctionsHost: true },
    ],
    ['HOST', { HOST: '::1' }, { host: '::1' }],
    [
      'proxies, of which those in lower case win',
      { HTTPS_PROXY: 'http://a', https_proxy: 'http://b', HTTP_PROXY: 'http://c', NO_PROXY: 'd' },
      { proxy: { httpProxy: 'http://c', httpsProxy: 'http://b', noProxy: 'd' } },
    ],
    [
      "the app's identity",
      { IDENTITY_ENDPOINT: 'http://127.0.0.1/t', IDENTITY_HEADER: 'h', AZURE_CLIENT_ID: 'c' },
      { identity: { endpoint: 'http://127.0.0.1/t', header: 'h', clientId: 'c' } },
    ],
    ['LOG_LEVEL in any case', { LOG_LEVEL: 'DEBUG' }, { logLevel: 'debug' }],
    ['Core Tools', { FUNCTIONS_CORETOOLS_ENVIRONMENT: 'true' }, { underCoreTools: true }],
    ['development by NODE_ENV', { NODE_ENV: 'development' }, { development: true }],
    [
      'development by the Functions host',
      { AZURE_FUNCTIONS_ENVIRONMENT: 'Development' },
      { development: true },
    ],
    ['WEBSITE_HOSTNAME', { WEBSITE_HOSTNAME: 'x.example' }, { websiteHostname: 'x.example' }],
    ['App Service authentication', { WEBSITE_AUTH_ENABLED: 'True' }, { easyAuthEnabled: true }],
    [
      'MCP_PUBLIC_BASE_URL',
      { MCP_PUBLIC_BASE_URL: 'https://mcp.example.com' },
      { publicBaseUrl: 'https://mcp.example.com' },
    ],
    [
      'what tokens of Entra are compared with, in any case',
      {
        MCP_ENTRA_TENANT_ID: '11111111-2222-4333-8444-ABCDEF555555',
        MCP_ENTRA_CLIENT_ID: 'AAAAAAAA-bbbb-4ccc-8ddd-eeeeeeeeeeee',
      },
      {
        entraTenantId: '11111111-2222-4333-8444-abcdef555555',
        entraClientId: 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee',
      },
    ],
    ['the form of scopes by default', {}, { entraServerUris: 'address' }],
    [
      'that no address is registered with Entra',
      { MCP_ENTRA_SERVER_URIS: 'none' },
      { entraServerUris: 'none' },
    ],
    [
      'AZURE_AUTHORITY_HOST with a slash at the end',
      { AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.us/' },
      { authorityHost: 'https://login.microsoftonline.us' },
    ],
    ['MCP_SERVERS_FILE', { MCP_SERVERS_FILE: 'a/b.yaml' }, { serversFile: resolve('a/b.yaml') }],
    ['an empty variable as an absent one', { PORT: '', HOST: '' }, { port: 3000 }],
  ])('reads %s', (_, source, expected) => {
    expect(readEnvironment(source)).toMatchObject(expected);
  });

  test('tells every faulty variable at once, and repeats no address', () => {
    const source = {
      PORT: '70000',
      HOST: 'http://localhost',
      LOG_LEVEL: 'loud',
      MCP_PUBLIC_BASE_URL: 'https://me:hunter2@mcp.example.com/',
      MCP_ENTRA_TENANT_ID: 'contoso.onmicrosoft.com',
      MCP_ENTRA_CLIENT_ID: 'my-app',
      MCP_ENTRA_SERVER_URIS: 'https://mcp.example.com',
      AZURE_AUTHORITY_HOST: 'http://login.microsoftonline.com',
    };
    expect(linesFor(source)).toEqual([
      'PORT: expected a port number from 0 to 65535, got "70000". Fix: set PORT=3000, or PORT=0 for any free port',
      'HOST: expected a host name or an address, got "http://localhost". Fix: unset it, or set HOST=127.0.0.1',
      'LOG_LEVEL: expected a level from fatal to trace, or silent, got "loud". Fix: set LOG_LEVEL=info, or another level from docs/configuration.md',
      'MCP_PUBLIC_BASE_URL: expected an https origin such as https://mcp.example.com (http for this machine only), got a text of 35 characters. Fix: set it to the scheme and host only, without a trailing slash',
      'MCP_ENTRA_TENANT_ID: expected a GUID, got a text of 23 characters. Fix: set it to the tenant (directory) id, not to its domain name',
      'MCP_ENTRA_CLIENT_ID: expected a GUID, got a text of 6 characters. Fix: set it to the application (client) id of the app registration',
      'MCP_ENTRA_SERVER_URIS: expected address or none, got a text of 23 characters. Fix: unset it, or set it to none',
      "AZURE_AUTHORITY_HOST: expected an https origin such as https://login.microsoftonline.us (http for this machine only), got a text of 32 characters. Fix: unset it, or set it to the origin of your cloud's sign-in",
    ]);
  });

  test.each(['-1', '3000x', '1e3', ' 80', '0x50'])('refuses the port %j', (value) => {
    expect(linesFor({ PORT: value })).toHaveLength(1);
  });

  test('refuses port 0 from the Functions host, which would never find us', () => {
    expect(linesFor({ FUNCTIONS_CUSTOMHANDLER_PORT: '0' })).toEqual([
      'FUNCTIONS_CUSTOMHANDLER_PORT: expected a port number from 1 to 65535, got "0". Fix: unset it; only the Functions host may set it',
    ]);
  });
});

function entry(text: string): ServerConfig {
  const [server] = parseConfig(`servers:\n  one: ${text}`, '/app/servers.yaml').servers;
  return server as ServerConfig;
}

function moduleWith(env: Readonly<Record<string, string>>): ServerConfig {
  return entry(JSON.stringify({ module: './index.ts', env }));
}

describe("a server's variables", () => {
  test('are filled in from the environment, with defaults for absent and empty ones', () => {
    const env = {
      PLAIN: 'metric',
      ONE: '${KEY}',
      TWO: 'https://${HOSTNAME}:${PORT:-443}/${EMPTY:-x}${NONE:-}',
      DOLLAR: '$KEY costs 5$',
      NOTHING: '',
    };
    const source = { KEY: '$&k', HOSTNAME: 'h', EMPTY: '' };
    expect(resolveServer(moduleWith(env), source)).toMatchObject({
      env: {
        PLAIN: 'metric',
        ONE: '$&k',
        TWO: 'https://h:443/x',
        DOLLAR: '$KEY costs 5$',
        NOTHING: '',
      },
    });
  });

  test('are told missing by name, each once, when absent or empty', () => {
    const env = { A: '${ZED} ${ALPHA}', B: '${ZED}', C: '${EMPTY}', D: '${OK}' };
    expect(resolveServer(moduleWith(env), { EMPTY: '', OK: '1' })).toEqual({
      missing: ['ALPHA', 'EMPTY', 'ZED'],
    });
  });

  test("are filled in in all texts of a program, but for its port and its callers' headers", () => {
    const program = entry(
      '{ command: x, args: ["--key=${env:KEY}", "${PORT}"], url: "http://127.0.0.1:${PORT}/${BASE:-mcp}", inheritEnv: [KEY, NONE], env: { A: "${KEY}", P: "${PORT}" } }',
    );
    expect(resolveServer(program, { KEY: 'k', PORT: '3000' })).toEqual({
      env: { A: 'k', P: '${PORT}' },
      args: ['--key=k', '${PORT}'],
      headers: {},
      url: 'http://127.0.0.1:${PORT}/mcp',
      headerValues: {},
      inherited: { KEY: 'k' },
    });
    const own = entry('{ command: x, env: { TOKEN: "${header:X-Github-Token}" } }');
    expect(resolveServer(own, {})).toMatchObject({ env: { TOKEN: '${header:X-Github-Token}' } });
    const remote = entry('{ url: "https://a.example/${P}", headers: { x-k: "${K}" } }');
    expect(resolveServer(remote, { P: 'mcp' })).toEqual({ missing: ['K'] });
  });

  describe('when applied', () => {
    afterEach(() => {
      delete process.env.MCP_TEST_APPLIED;
    });
    test('stand in process.env', () => {
      applyServerEnv({ MCP_TEST_APPLIED: 'yes' });
      expect(process.env.MCP_TEST_APPLIED).toBe('yes');
    });
  });
});
