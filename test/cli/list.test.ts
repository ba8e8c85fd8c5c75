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
    'NAME         PATH          INSTANCE     AUTH      LIMITS                            SERVER',
    'weather      /weather/mcp  shared       function  1.5 s, 100 at once, 100 per 60 s  ./w.ts',
    'notes (off)  /team/notes   per-request  entra     60 s, 100 at once                 @acme/notes',
  ]);
});

test('list says of each kind where its server is', async () => {
  const yaml = `servers:
  thread: { module: ./w.ts, isolation: thread }
  program: { command: npx, args: ["-y", "w@1.2.3"] }
  listener: { command: ./w, url: "http://127.0.0.1:\${PORT}/mcp" }
  far: { url: "https://w.example.com/mcp" }
  all: { combine: { thread: {}, far: {} } }
`;
  const { out } = await runCli(['list'], { folder: makeFolder({ 'servers.yaml': yaml }) });
  const cells = out.map((line) => line.split(/ {2,}/));
  expect(cells.slice(1).map(([name, , instance, , , server]) => [name, instance, server])).toEqual([
    ['thread', 'per-request', './w.ts (thread)'],
    ['program', 'per-session', 'npx -y w@1.2.3'],
    ['listener', 'per-session', './w (http://127.0.0.1:${PORT}/mcp)'],
    ['far', 'per-session', 'https://w.example.com/mcp'],
    ['all', '-', 'thread + far'],
  ]);
});

/** Keys that servers of all kinds have, none at its default. */
const common: Readonly<Record<string, unknown>> = {
  title: 'Full',
  description: 'Has every key.',
  enabled: false,
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
  registry: false,
  maxParked: 8,
  inputTimeoutMs: 1_505,
  allowedOrigins: ['https://app.example.com'],
  tools: {
    allow: ['a'],
    deny: ['b'],
    override: {
      a: { name: 'b', title: 'B', description: 'It is b.', annotations: { readOnlyHint: true } },
    },
  },
};

const env = { KEY: '${FULL_KEY}', URL: 'https://${FULL_HOST:-x}', UNIT: 'hunter2' };
const outside = {
  instance: 'shared',
  start: 'eager',
  era: 'legacy',
  idleTimeoutMs: 1_507,
  headers: { 'x-api-key': '${HEADER_KEY}' },
};

/** A server of each kind; together they have every key of the schema, none at its default. */
const everything: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  module: {
    module: './w.ts',
    path: '/team/full',
    export: 'make',
    instance: 'shared',
    isolation: 'thread',
    memoryMb: 64,
    passHeaders: ['x-api-key'],
    env,
  },
  command: {
    ...outside,
    path: '/team/program',
    command: './program',
    args: ['--key', '${ARGUMENT}'],
    cwd: './servers',
    inheritEnv: ['HTTPS_PROXY'],
    url: 'http://127.0.0.1:${PORT}/mcp',
    memoryMb: 128,
    onToolsChanged: 'block',
    env,
  },
  pool: { path: '/team/pool', command: './program', instance: 'per-request', spares: 3 },
  url: {
    ...outside,
    path: '/team/elsewhere',
    url: 'https://a.example.com/mcp',
    upstreamAuth: { as: 'app', audience: 'api://a' },
    proxy: true,
    onToolsChanged: 'warn',
  },
  combine: { path: '/team/desk', combine: { url: { prefix: 'u' }, module: {} } },
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
  const keys = new Set(Object.values(everything).flatMap(Object.keys));
  // What a file of a client says in `type`, the kind says here.
  expect([...keys, ...Object.keys(common), 'type'].toSorted()).toEqual(
    Object.keys(properties).toSorted(),
  );
  const servers = Object.fromEntries(
    Object.entries(everything).map(([name, own]) => [name, { ...common, ...own }]),
  );
  const variables: Readonly<Record<string, readonly string[]>> = {
    module: ['FULL_HOST', 'FULL_KEY'],
    command: ['ARGUMENT', 'FULL_HOST', 'FULL_KEY', 'HEADER_KEY', 'HTTPS_PROXY'],
    url: ['HEADER_KEY'],
  };
  for (const server of await listed(JSON.stringify({ servers }))) {
    const name = String(server.name);
    const own = everything[name];
    expect(server, name).toMatchObject({
      ...common,
      ...own,
      kind: name === 'pool' ? 'command' : name,
      ...(own?.env !== undefined && { env: ['KEY', 'URL', 'UNIT'] }),
      ...(own?.headers !== undefined && { headers: ['x-api-key'] }),
      variables: variables[name] ?? [],
    });
    expect(JSON.stringify(server), name).not.toContain('hunter2');
  }
});

test('list --json gives every key of a server that has none: its default, or null', async () => {
  const [server = {}] = await listed('servers: { least: { module: ./w.ts } }');
  expect(Object.keys(server).toSorted()).toEqual(
    ['name', 'kind', 'variables', 'toolCount', ...Object.keys(properties)].toSorted(),
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
