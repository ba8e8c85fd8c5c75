// mcp-host list: a table for people, and the keys that hooks and infrastructure tests rely on.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what people write in servers.yaml.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { makeFolder, runCli } from './run-cli.ts';

const servers = `servers:
  weather:
    module: ./w.ts
    instance: shared
    rateLimit: { max: 100, windowSeconds: 60 }
    timeoutMs: 1500
    env: { KEY: "\${WEATHER_KEY}", URL: "https://\${WEATHER_HOST:-x}", UNIT: hunter2 }
  notes:
    module: "@acme/notes"
    path: /team/notes
    auth: entra
    enabled: false
`;

test('list shows the servers as a table, disabled ones marked', async () => {
  const { code, out, err } = await runCli(['list'], {
    folder: makeFolder({ 'servers.yaml': servers }),
  });
  expect({ code, err }).toEqual({ code: 0, err: [] });
  expect(out).toEqual([
    'NAME         PATH          INSTANCE     AUTH      LIMITS                            MODULE',
    'weather      /weather/mcp  shared       function  1.5 s, 100 at once, 100 per 60 s  ./w.ts',
    'notes (off)  /team/notes   per-request  entra     60 s, 100 at once                 @acme/notes',
  ]);
});

/** A server with every key of the schema, none at its default. */
const everything: Readonly<Record<string, unknown>> = {
  module: './w.ts',
  path: '/team/full',
  title: 'Full',
  description: 'Has every key.',
  enabled: false,
  export: 'make',
  instance: 'shared',
  auth: 'jwt',
  scopes: ['full.read'],
  jwt: {
    issuer: 'https://id.example.com',
    audience: 'full',
    openIdConfigUrl: 'https://id.example.com/config',
  },
  timeoutMs: 1_500,
  startTimeoutMs: 1_501,
  maxBodyBytes: 1_502,
  maxElements: 1_506,
  maxDepth: 9,
  maxResultBytes: 1_503,
  maxConcurrent: 7,
  rateLimit: { max: 100, windowSeconds: 60 },
  ttlMs: 1_504,
  cacheScope: 'public',
  subscriptions: true,
  replay: true,
  maxParked: 8,
  inputTimeoutMs: 1_505,
  allowedOrigins: ['https://app.example.com'],
  passHeaders: ['x-api-key'],
  env: { KEY: '${FULL_KEY}', URL: 'https://${FULL_HOST:-x}', UNIT: 'hunter2' },
  tools: {
    allow: ['a'],
    deny: ['b'],
    override: {
      a: { name: 'b', title: 'B', description: 'It is b.', annotations: { readOnlyHint: true } },
    },
  },
};

/** What editors know of a server. */
const properties: Record<string, object> = JSON.parse(
  readFileSync('config/servers.schema.json', 'utf8'),
).properties.servers.additionalProperties.properties;

async function listed(text: string): Promise<Record<string, unknown>[]> {
  const { out } = await runCli(['list', '--json'], {
    folder: makeFolder({ 'servers.yaml': text }),
  });
  return JSON.parse(out.join('\n'));
}

test('list --json gives every key of the schema with its value, and no value of env', async () => {
  expect(Object.keys(everything).toSorted()).toEqual(Object.keys(properties).toSorted());
  const [server] = await listed(JSON.stringify({ servers: { full: everything } }));
  expect(server).toEqual({
    ...everything,
    name: 'full',
    env: ['KEY', 'URL', 'UNIT'],
    variables: ['FULL_HOST', 'FULL_KEY'],
  });
});

test('list --json gives every key of a server that has none: its default, or null', async () => {
  const [server = {}] = await listed('servers: { least: { module: ./w.ts } }');
  expect(Object.keys(server).toSorted()).toEqual(
    ['name', 'variables', ...Object.keys(properties)].toSorted(),
  );
  expect(server).toMatchObject({
    path: '/least/mcp',
    title: null,
    jwt: null,
    rateLimit: null,
    timeoutMs: 60_000,
    tools: { allow: null, deny: null, override: null },
    env: [],
  });
});

test('list --json gives every key of a section of which a part is written', async () => {
  const jwt = { issuer: 'https://id.example.com', audience: 'a' };
  const server = { module: './w.ts', auth: 'jwt', jwt, tools: { deny: ['b'] } };
  expect(await listed(JSON.stringify({ servers: { some: server } }))).toMatchObject([
    { jwt: { ...jwt, openIdConfigUrl: null }, tools: { allow: null, deny: ['b'], override: null } },
  ]);
});
