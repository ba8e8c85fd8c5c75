// The servers as a registry (`host.registry`): who is listed with what, the routes as lists of allowed servers ask for
// them, and nothing at all while the switch is off.

import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Environment } from '../../../config/env.ts';
import type { ServerJson } from '../../../runtime/exchange/server-json.ts';
import { openHost, type StartOptions, startHost, type TestHost } from '../start-host.ts';
import { expectServerJson } from './server-schema.ts';

const YAML = `
host: { registry: true, publicUrl: "https://mcp.example.com" }
servers:
  open: { module: ./kernel-v1.mjs, auth: anonymous, title: Open title, description: Open text }
  keyed: { module: ./kernel-v2.mjs, title: Keyed title }
  people: { module: ./kernel-v1.mjs, auth: entra }
  issued:
    module: ./kernel-v1.mjs
    auth: jwt
    jwt: { issuer: "https://issuer.example", audience: notes }
    path: /team/notes
  threaded: { module: ./kernel-v1.mjs, isolation: thread, tools: { deny: ["*"] } }
  program: { command: node, args: [./not-there.mjs], auth: anonymous }
  elsewhere: { url: "https://crm.example.com/mcp", headers: { x-api-key: "\${CRM_KEY:-secret}" } }
  gone: { module: ./not-there.mjs }
  all: { combine: { open: {}, inner: {} }, auth: anonymous }
  inner: { module: ./kernel-v1.mjs, path: none, auth: anonymous }
  sketch: { module: ./sketch.mjs, enabled: false }
  quiet: { module: ./kernel-v1.mjs, registry: false }
`;
const LISTED = [
  ...['open', 'keyed', 'people', 'issued', 'threaded', 'program', 'elsewhere', 'gone', 'all'],
];
const ENTRA: Partial<Environment> = {
  entraTenantId: '11111111-2222-4333-8444-555555555555',
  entraClientId: 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee',
};
const LIST = '/v0.1/servers';
const OPEN = 'com.example.mcp/open';
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, OPTIONS',
  'access-control-allow-headers': 'Authorization, Content-Type',
};

type Method = 'GET' | 'HEAD' | 'POST' | 'OPTIONS' | 'DELETE';

let shared: TestHost;
beforeAll(async () => {
  shared = await openHost({ yaml: YAML, environment: ENTRA });
  return () => shared.close();
});

/** @param options of a host of its own. Default: the one that all tests share. */
async function open(options?: StartOptions) {
  const { app, logs } = options ? await startHost(options) : shared;
  const ask = (url: string, headers: Record<string, string> = {}, method: Method = 'GET') =>
    app.inject({ method, url, headers: { host: 'localhost', ...headers } });
  return { ask, logs };
}

interface Listed {
  readonly servers: readonly { readonly server: ServerJson; readonly _meta: object }[];
  readonly metadata: { readonly count: number; readonly nextCursor?: string };
}

const namesOf = ({ servers }: Pick<Listed, 'servers'>): string[] =>
  servers.map(({ server }) => server.name.split('/')[1] ?? '');

describe('the list', () => {
  test('has every enabled server with a path that is not left out, also one that does not serve', async () => {
    const { ask } = await open();
    const answer = await ask(LIST);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(namesOf(answer.json())).toEqual(LISTED);
  });

  test('has a server.json of each that the schema allows, and nothing of its settings', async () => {
    const { ask } = await open();
    const { servers, metadata }: Listed = (await ask(LIST)).json();
    expect(metadata).toEqual({ count: servers.length });
    for (const { server, _meta } of servers) {
      expectServerJson(server);
      expect(_meta).toEqual({
        'io.modelcontextprotocol.registry/official': { status: 'active', isLatest: true },
      });
    }
    const text = JSON.stringify(servers);
    for (const hidden of ['crm.example.com', 'not-there', 'issuer.example', 'secret', 'echo']) {
      expect(text).not.toContain(hidden);
    }
  });

  test('asks for a key where the server does, and says nothing of tokens', async () => {
    const { ask } = await open();
    const { servers }: Listed = (await ask(LIST)).json();
    const withHeaders = servers.filter(({ server }) => server.remotes[0].headers);
    expect(namesOf({ servers: withHeaders })).toEqual(['keyed', 'threaded', 'elsewhere', 'gone']);
    expect(withHeaders[0]?.server.remotes[0]).toMatchObject({
      type: 'streamable-http',
      headers: [{ name: 'x-functions-key', isRequired: true, isSecret: true }],
    });
  });

  test.each(['people', 'issued'])('gives %s the address of its metadata document', async (name) => {
    const { ask } = await open();
    const path = name === 'issued' ? '/team/notes' : '/people/mcp';
    const document = (await ask(`/.well-known/oauth-protected-resource${path}`)).json();
    const entry = (await ask(`${LIST}/com.example.mcp%2F${name}/versions/latest`)).json();
    expect(entry.server.remotes[0].url).toBe(document.resource);
    expect(entry.server.remotes[0].url).toBe(`https://mcp.example.com${path}`);
  });

  test('is empty where nothing tells the address, and the log says how to set it', async () => {
    const yaml = YAML.replace('publicUrl: "https://mcp.example.com"', '');
    const { ask, logs } = await open({ yaml, environment: { behindFunctionsHost: true } });
    expect((await ask(LIST)).json()).toEqual({ servers: [], metadata: { count: 0 } });
    expect(logs).toContainEqual(expect.objectContaining({ reason: 'no-public-address' }));
  });

  test.each<[string, Partial<Environment>, string, string]>([
    [
      'Azure',
      { websiteHostname: 'func-x.azurewebsites.net', behindFunctionsHost: true },
      'net.azurewebsites.func-x/open',
      'https://func-x.azurewebsites.net/open/mcp',
    ],
    [
      'a gateway',
      { websiteHostname: 'func-x.azurewebsites.net', publicBaseUrl: 'https://api.example.com' },
      'com.example.api/open',
      'https://api.example.com/open/mcp',
    ],
    [
      'an address',
      { publicBaseUrl: 'https://192.0.2.7' },
      '192.0.2.7/open',
      'https://192.0.2.7/open/mcp',
    ],
    [
      'an IPv6 address',
      { publicBaseUrl: 'https://[2001:db8::7]:8443' },
      '2001-db8--7/open',
      'https://[2001:db8::7]:8443/open/mcp',
    ],
    [
      'func start',
      { underCoreTools: true, behindFunctionsHost: true },
      'localhost/open',
      'http://localhost:7071/open/mcp',
    ],
  ])('names servers after their address: %s', async (_, environment, name, url) => {
    const yaml = YAML.replace('publicUrl: "https://mcp.example.com"', '');
    const { ask } = await open({ yaml, environment });
    const { servers }: Listed = (await ask(`${LIST}?search=${name}`)).json();
    expect(servers.map(({ server }) => [server.name, server.remotes[0].url])).toEqual([
      [name, url],
    ]);
    expectServerJson(servers[0]?.server);
  });

  test('asks for no key on this machine, where nobody looks at one', async () => {
    const yaml = YAML.replace('publicUrl: "https://mcp.example.com"', '');
    const { ask } = await open({ yaml, environment: { underCoreTools: true } });
    expect((await ask(LIST)).body).not.toContain('x-functions-key');
  });
});

describe('texts', () => {
  test.each([
    ['', '', 'The MCP server a'],
    ['title: Some title', '', 'Some title'],
    ['title: Some title', `description: ${'word '.repeat(19)}ends`, `${'word '.repeat(19)}ends`],
    ['', `description: ${'word '.repeat(20)}ends`, `${'word '.repeat(18)}word…`],
    ['', `description: ${'x'.repeat(101)}`, `${'x'.repeat(99)}…`],
    ['', `description: ${'x'.repeat(98)}😀😀`, `${'x'.repeat(98)}…`],
  ])('%s %s', async (title, description, expected) => {
    const keys = [title, description].map((line) => `    ${line}\n`).join('');
    const yaml = `host: { registry: true }\nservers:\n  a:\n    module: ./kernel-v1.mjs\n${keys}`;
    const { ask } = await open({ yaml });
    const { servers }: Listed = (await ask(LIST)).json();
    expectServerJson(servers[0]?.server);
    expect(servers[0]?.server.description).toBe(expected);
    expect(servers[0]?.server.title).toBe(title === '' ? undefined : 'Some title');
  });
});

describe('versions', () => {
  /** A folder with a package.json and a server that says a version of its own. */
  async function withVersions(own: string, app: string) {
    const folder = mkdtempSync(join(tmpdir(), 'registry-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const sdk = join(import.meta.dirname, '../../../node_modules/@modelcontextprotocol/sdk');
    const home = relative(folder, sdk).replaceAll('\\', '/');
    writeFileSync(
      join(folder, 'own.mjs'),
      `import { McpServer } from '${home}/dist/esm/server/mcp.js';
      export const createServer = () => new McpServer({ name: 'own', version: ${JSON.stringify(own)} });`,
    );
    writeFileSync(join(folder, 'package.json'), app);
    const yaml = 'host: { registry: true }\nservers: { own: { module: ./own.mjs } }\n';
    const file = join(folder, 'servers.yaml');
    writeFileSync(file, yaml);
    utimesSync(file, 1_700_000_000, 1_700_000_000);
    return open({ yaml, directory: folder });
  }

  test.each([
    ['1.2.3', '1.2.3'],
    ['1.2.3-beta.1+build.5', '1.2.3-beta.1+build.5'],
    ['2025.11', '2025.11'],
    ['^1.2.3', '4.5.6'],
    ['1.x', '4.5.6'],
    ['>=1.0.0', '4.5.6'],
    ['latest', '4.5.6'],
    ['1', '4.5.6'],
    [`1.0.0-${'x'.repeat(250)}`, '4.5.6'],
  ])('a server that says %s has %s', async (own, expected) => {
    const { ask } = await withVersions(own, '{ "version": "4.5.6" }');
    const { servers }: Listed = (await ask(LIST)).json();
    expect(servers[0]?.server.version).toBe(expected);
    expectServerJson(servers[0]?.server);
    const one = `${LIST}/localhost%2Fown/versions/${encodeURIComponent(expected)}`;
    expect((await ask(one)).json()).toEqual(servers[0]);
  });

  test.each(['{}', '{ "version": "*" }', 'no JSON'])(
    'an app without one has 0.0.0: %s',
    async (content) => {
      const { ask } = await withVersions('next', content);
      const { servers }: Listed = (await ask(LIST)).json();
      expect(servers[0]?.server.version).toBe('0.0.0');
    },
  );

  test('both times are that of servers.yaml', async () => {
    const { ask } = await withVersions('1.0.0', '{}');
    const { servers }: Listed = (await ask(LIST)).json();
    expect(servers[0]?._meta).toEqual({
      'io.modelcontextprotocol.registry/official': {
        status: 'active',
        publishedAt: '2023-11-14T22:13:20.000Z',
        updatedAt: '2023-11-14T22:13:20.000Z',
        isLatest: true,
      },
    });
    const since = async (time: string) => (await ask(`${LIST}?updated_since=${time}`)).json();
    expect((await since('2023-11-14T22:13:20Z')).metadata.count).toBe(1);
    expect((await since('2023-11-14T22:13:21Z')).metadata.count).toBe(0);
  });
});

describe('one server', () => {
  test.each([
    [`${LIST}/com.example.mcp%2Fopen/versions/latest`],
    [`${LIST}/com.example.mcp%2fopen/versions/latest`],
    [`${LIST}/com.example.mcp/open/versions/latest`],
    [`${LIST}/com.example.mcp%252Fopen/versions/latest`],
    [`${LIST}/com.example.mcp%2Fopen/versions/latest/`],
    [`${LIST}/com.example.mcp%2Fopen/versions/latest?include_deleted=true`],
  ])('is found at %s', async (url) => {
    const { ask } = await open();
    const { servers }: Listed = (await ask(`${LIST}?search=${OPEN}`)).json();
    const answer = await ask(url);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual(servers[0]);
  });

  test('has one version', async () => {
    const { ask } = await open();
    const { servers }: Listed = (await ask(`${LIST}?search=${OPEN}`)).json();
    const versions = await ask(`${LIST}/com.example.mcp%2Fopen/versions`);
    expect(versions.json()).toEqual({ servers, metadata: { count: 1 } });
  });

  test.each([
    [`${LIST}/com.example.mcp%2Fopen/versions/9.9.9`, 'Server version not found'],
    [`${LIST}/com.example.mcp%2Fnobody/versions/latest`, 'Server not found'],
    [`${LIST}/com.example.mcp%2Fquiet/versions/latest`, 'Server not found'],
    [`${LIST}/com.example.mcp%2Finner/versions`, 'Server not found'],
    [`${LIST}/com.example.mcp%2Fsketch/versions`, 'Server not found'],
    [`${LIST}/open/versions/latest`, 'Server not found'],
    [`${LIST}/com.example.mcp%2Fopen`, 'Server not found'],
    [`${LIST}/com.example.mcp%2Fopen/versions/1.0.0/status`, 'Server not found'],
    [`${LIST}/%25E0%25A4%25A/versions/latest`, 'Server not found'],
  ])('is 404 in the form of a registry at %s', async (url, error) => {
    const { ask } = await open();
    const answer = await ask(url, { origin: 'https://vscode.dev' });
    expect({ status: answer.statusCode, body: answer.json() }).toEqual({
      status: 404,
      body: { error },
    });
    expect(answer.headers).toMatchObject(CORS);
  });
});

describe('pages of the list', () => {
  test('follow each other by the cursor, in the order of the file', async () => {
    const { ask } = await open();
    const whole: Listed = (await ask(LIST)).json();
    const seen: string[] = [];
    let cursor = '';
    do {
      const page: Listed = (await ask(`${LIST}?limit=2&version=latest&cursor=${cursor}`)).json();
      expect(page.metadata.count).toBe(page.servers.length);
      seen.push(...namesOf(page));
      cursor = page.metadata.nextCursor ?? '';
    } while (cursor !== '');
    expect(seen).toEqual(namesOf(whole));
  });

  test.each([
    ['search=PEOPLE', ['people']],
    ['search=nobody', []],
    ['version=9.9.9', []],
    ['limit=1&search=/e', ['elsewhere']],
    ['limit=1000&include_deleted=true', LISTED],
    ['cursor=&search=&limit=&updated_since=', LISTED],
  ])('%s', async (query, names) => {
    const { ask } = await open();
    const page: Listed = (await ask(`${LIST}?${query}`)).json();
    expect(namesOf(page)).toEqual(names);
    expect(page.metadata).toEqual({ count: names.length });
  });

  test.each([
    'cursor=nobody',
    'cursor=..%2F',
    'limit=0',
    'limit=-1',
    'limit=two',
    'limit=1.5',
    'updated_since=today',
    'updated_since=2025-13-40T00:00:00Z',
  ])('%s is 400 with the name of the parameter', async (query) => {
    const { ask } = await open();
    const answer = await ask(`${LIST}?${query}`);
    expect(answer.statusCode).toBe(400);
    expect(answer.json().error).toContain(`Invalid ${query.split('=')[0]}`);
    expect(answer.headers).toMatchObject(CORS);
  });
});

describe('who may ask', () => {
  test.each([LIST, `${LIST}/`, `${LIST}/com.example.mcp%2Fopen/versions/latest`])(
    'everybody, from every page: %s',
    async (url) => {
      const { ask } = await open();
      for (const origin of ['https://vscode.dev', 'null', 'vscode-webview://x']) {
        const answer = await ask(url, { origin });
        expect(answer.statusCode).toBe(200);
        expect(answer.headers).toMatchObject(CORS);
        const preflight = await ask(
          url,
          { origin, 'access-control-request-method': 'GET' },
          'OPTIONS',
        );
        expect(preflight.statusCode).toBe(204);
        expect(preflight.headers).toMatchObject(CORS);
      }
      expect((await ask(url, {}, 'HEAD')).statusCode).toBe(200);
    },
  );

  test('nobody who was led here by another name', async () => {
    const { ask } = await open();
    expect((await ask(LIST, { host: 'attacker.example' })).statusCode).toBe(403);
  });

  test.each<Method>(['POST', 'DELETE'])('%s changes nothing', async (method) => {
    const { ask } = await open();
    const answer = await ask(LIST, {}, method);
    expect(answer.statusCode).toBe(405);
    expect(answer.headers.allow).toBe('GET');
  });

  test.each(['/v0/servers', '/v0.1', '/v0.1/', '/v0.1/serversx', '/v0.1/publish', '/V0.1/servers'])(
    'there is nothing at %s',
    async (url) => {
      const { ask } = await open();
      expect((await ask(url)).statusCode).toBe(404);
    },
  );
});

test.each(['', 'host: { registry: false }'])(
  'there is no registry with "%s"',
  async (switchedOff) => {
    const yaml = `${switchedOff}\nservers: { open: { module: ./kernel-v1.mjs, auth: anonymous } }\n`;
    const { ask } = await open({ yaml });
    for (const url of [LIST, `${LIST}/localhost%2Fopen/versions/latest`]) {
      const answer = await ask(url);
      expect(answer.statusCode).toBe(404);
      expect(answer.body).not.toContain('localhost/open');
      expect((await ask(url, { origin: 'https://vscode.dev' }, 'OPTIONS')).statusCode).not.toBe(
        204,
      );
    }
  },
);
