// Servers in TypeScript after the build: what they read beside themselves, what stays outside,
// which SDK they use.

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: code of servers.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { withLazyValidator } from '../../build/lazy-validator.ts';
import { callTool } from '../e2e/call-tool.ts';
import { type HostProcess, spawnHost, startHostProcess } from '../e2e/spawn-host.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const PACKAGES = join(ROOT, 'node_modules');
const V1 = '@modelcontextprotocol/sdk';

/** A server with one tool, whose code is `body`. */
const server = (imports: string, body: string): string => `
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
${imports}
export function createServer(): McpServer {
  const server = new McpServer({ name: 'm', version: '1' });
  server.registerTool('tell', { description: 'tell' }, async () => ({
    content: [{ type: 'text' as const, text: String(await tell()) }],
  }));
  return server;
}
async function tell(): Promise<unknown> {
  ${body}
}
`;

/**
 * An addon that no system can load tells that Node was asked to: it is neither read nor parsed by
 * the bundler.
 */
const NATIVE = {
  'package.json': '{ "name": "native", "version": "1.0.0", "main": "index.js" }',
  'index.js': `
try { require('./build/Release/addon.node'); } catch (error) { exports.told = error.code; }
exports.folder = __dirname;
`,
  'build/Release/addon.node': 'no addon',
};

const FILES: Readonly<Record<string, string>> = {
  ...prefixed('node_modules/native', NATIVE),
  ...prefixed('node_modules/listed', {
    'package.json':
      '{ "name": "listed", "version": "1.0.0", "type": "module", "main": "index.js" }',
    'index.js': 'export const where = () => new Error("x").stack;',
  }),
  ...prefixed('servers/own/node_modules/listed', {
    'package.json':
      '{ "name": "listed", "version": "2.0.0", "type": "module", "main": "index.js" }',
    'index.js': 'export const where = () => new Error("own").stack;',
  }),
  'servers/native/index.ts': server(
    "import native from 'native';",
    'return `${native.told} ${native.folder}`;',
  ),
  'servers/listed/package.json':
    '{ "type": "module", "functionsMcpHost": { "external": ["listed"] } }',
  'servers/listed/index.ts': server("import { where } from 'listed';", 'return where();'),
  'servers/own/package.json':
    '{ "type": "module", "functionsMcpHost": { "external": ["listed"] } }',
  'servers/own/index.ts': server("import { where } from 'listed';", 'return where();'),
  'servers/data/text.txt': 'from a file',
  'servers/data/lib/more/text.txt': 'and from another',
  'servers/data/lib/read.ts': `
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
const name: string = 'text.txt';
export const more = () => readFileSync(join(import.meta.dirname, 'more', name), 'utf8');
`,
  'servers/data/index.ts': server(
    "import { readFile } from 'node:fs/promises';\nimport { more } from './lib/read.ts';",
    "return `${await readFile(new URL('./text.txt', import.meta.url), 'utf8')} ${more()}`;",
  ),
  'servers/worker/twice.ts': 'export const twice = (value: number): number => 2 * value;',
  'servers/worker/compute.ts': `
import { parentPort, workerData } from 'node:worker_threads';
import { twice } from './twice.ts';
parentPort?.postMessage(twice(workerData as number));
`,
  'servers/worker/index.ts': server(
    "import { once } from 'node:events';\nimport { Worker } from 'node:worker_threads';",
    "const worker = new Worker(new URL('./compute.ts', import.meta.url), { workerData: 21 });\n  return (await once(worker, 'message'))[0];",
  ),
  'servers/throws/index.ts': server(
    '',
    "setTimeout(() => Promise.reject(new Error('of a source')));\n  return 'ok';",
  ),
  'servers/marks/a.txt': 'a',
  'servers/marks/b.txt': 'b',
  'servers/marks/index.ts': server(
    "import { readFileSync } from 'node:fs';\nconst read = (url: URL): string => readFileSync(url, 'utf8');",
    `const a = read(new URL('./a.txt', import.meta.url));
  const b = read(new URL('./b.txt', import.meta.url));
  const link = 'https://example.org/a';
  return [a, b, link, import.meta.dirname + '/index.js' === import.meta.filename].join(' ');`,
  ),
  'servers/whole/index.ts': server('', 'const { url } = import.meta;\n  return url;'),
  'servers/names/index.ts': server(
    'class NamedError extends Error {\n  override name = this.constructor.name;\n}\nfunction named() {}',
    "return `${new NamedError('x')} ${named.name}`;",
  ),
  'servers/split/later.ts':
    "export const later = (): void => void Promise.reject(new Error('of a part that is loaded later'));",
  'servers/split/index.ts': server('', "(await import('./later.ts')).later();\n  return 'ok';"),
  'servers/required/package.json':
    '{ "type": "module", "functionsMcpHost": { "external": ["listed"] } }',
  'servers/required/index.ts': server(
    "import { createRequire } from 'node:module';",
    "return typeof createRequire(import.meta.url)('listed').where;",
  ),
  'servers/old/index.ts': server('', "return 'old';"),
  'servers/faulty/index.ts': server('', "return 'faulty';"),
  'servers/checks-v1/index.ts': server(
    `import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';`,
    `const { server } = new McpServer({ name: 'inner', version: '1' });
  const client = new Client({ name: 'c', version: '1' }, { capabilities: { elicitation: {} } });
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: { n: 'x' } }));
  const [near, far] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(near), client.connect(far)]);
  const requestedSchema = { type: 'object' as const, properties: { n: { type: 'number' as const } } };
  return server.elicitInput({ message: 'n?', requestedSchema }).catch((error) => error.message);`,
  ),
  'servers/checks-v2/index.ts': server(
    "import { fromJsonSchema } from '@modelcontextprotocol/server';",
    `const schema = fromJsonSchema({ type: 'object', properties: { n: { type: 'number' } } });
  return JSON.stringify(await schema['~standard'].validate({ n: 'x' }));`,
  ).replace(`${V1}/server/mcp.js`, '@modelcontextprotocol/server'),
  'servers/v2/index.ts': server('', "return 'v2';").replace(
    `${V1}/server/mcp.js`,
    '@modelcontextprotocol/server',
  ),
};

const NAMES = [
  ...['native', 'listed', 'own', 'required', 'data', 'marks', 'whole', 'worker', 'names'],
  ...['throws', 'split', 'old', 'faulty', 'v2', 'checks-v1', 'checks-v2'],
];
const YAML = `
defaults: { auth: anonymous }
servers:
${NAMES.map((name) => `  ${name}: { module: ./servers/${name}/index.ts }`).join('\n')}
`;

let host: HostProcess;
let url: string;

beforeAll(async () => {
  host = await startHostProcess({
    yaml: YAML,
    files: FILES,
    copies: {
      [`servers/old/node_modules/${V1}`]: join(PACKAGES, V1),
      [`servers/faulty/node_modules/${V1}`]: join(PACKAGES, V1),
    },
    prepare: (folder) => {
      setVersion(join(folder, 'servers/old/node_modules', V1), '1.31.0');
      setVersion(join(folder, 'servers/faulty/node_modules', V1), '1.25.3');
      expect(build(folder)).toMatchObject({
        status: 0,
        stderr:
          'servers/whole/index.ts: import.meta is used as a whole, so files next to this one may not be found. Fix: use import.meta.url, import.meta.dirname or import.meta.filename.\n',
      });
    },
  });
  url = await host.url();
}, 60_000);
afterAll(() => host?.stop());

const tell = async (name: string) => (await callTool(`${url}/${name}/mcp`, 'tell')).text;

it('runs the bundle, not the source or what the compiler wrote', async () => {
  expect(existsSync(join(host.directory, 'dist/bundles/servers/data/index.js'))).toBe(true);
  expect(existsSync(join(host.directory, 'dist/servers'))).toBe(false);
});

it('reads the files beside each source, wherever its code has gone', async () => {
  expect(await tell('data')).toBe('from a file and from another');
});

it('leaves the code between and behind what names a file as it is', async () => {
  expect(await tell('marks')).toBe('a b https://example.org/a true');
});

it('keeps the names of classes and functions', async () => {
  expect(await tell('names')).toBe('NamedError: x named');
});

it('starts a worker from its source, with what that imports', async () => {
  expect(await tell('worker')).toBe('42');
});

it('leaves a package with a native addon where it is installed', async () => {
  expect(await tell('native')).toBe(
    `ERR_DLOPEN_FAILED ${join(host.directory, 'node_modules/native')}`,
  );
});

it('leaves a package outside that package.json lists, in the version that the server has', async () => {
  expect(await tell('listed')).toContain(join(host.directory, 'node_modules/listed/index.js'));
  expect(await tell('own')).toContain(
    join(host.directory, 'servers/own/node_modules/listed/index.js'),
  );
});

it('writes down a listed package also when it is found at run time only', () => {
  const { outside } = JSON.parse(readFileSync(join(host.directory, 'dist/bundles.json'), 'utf8'));
  expect(outside).toContainEqual({ name: 'listed', folder: 'node_modules/listed' });
});

describe('the SDK in a bundle', () => {
  it('is the copy of its server, and its version is known although no package is looked at', async () => {
    const warned = host.logs.filter(({ level, server }) => level === 'warn' && server === 'old');
    expect(warned).toMatchObject([{ msg: expect.stringContaining('sdk 1.31.0') }]);
    expect(await tell('old')).toBe('old');
    expect(await callTool(`${url}/faulty/mcp`, 'tell')).toMatchObject({
      status: 503,
      reason: 'unavailable',
    });
  });

  it('is written down by name and version', () => {
    const { bundles } = JSON.parse(readFileSync(join(host.directory, 'dist/bundles.json'), 'utf8'));
    expect(bundles['bundles/servers/old/index.js']).toEqual({
      sdks: [{ name: V1, version: '1.31.0' }],
    });
    expect(bundles['bundles/servers/v2/index.js'].sdks).toMatchObject([
      { name: '@modelcontextprotocol/server', handler: 'bundles/sdk-1.js' },
    ]);
  });

  it.each([
    ['v1', 'sdk/dist/esm/server/index.js'],
    ['v2', 'server/dist/shimsNode.mjs'],
  ])('makes its JSON Schema validator when a schema needs it (%s)', async (version, file) => {
    const installed = join(PACKAGES, '@modelcontextprotocol', file);
    expect(withLazyValidator(readFileSync(installed, 'utf8'))).toContain('require(');
    expect(await tell(`checks-${version}`)).toContain('must be number');
  });

  it('is one chunk for all servers that find the same copy', async () => {
    const texts = ['data', 'native'].map((name) =>
      readFileSync(join(host.directory, `dist/bundles/servers/${name}/index.js`), 'utf8'),
    );
    for (const text of texts) expect(text.length).toBeLessThan(5_000);
  });
});

it('names server, source file and line in the log of an error', async () => {
  await tell('throws');
  const line = await host.waitForLog({ msg: 'unhandled rejection' });
  const source = FILES['servers/throws/index.ts'] ?? '';
  const number = source.slice(0, source.indexOf('Promise.reject')).split('\n').length;
  expect(line.server).toBe('throws');
  expect((line.err as { stack: string }).stack).toContain(
    `${join(host.directory, 'servers/throws/index.ts')}:${number}:`,
  );
});

it('names the server of an error in a part that is loaded later', async () => {
  await tell('split');
  const line = await host.waitForLog(
    ({ err }) =>
      (err as { message?: string } | undefined)?.message === 'of a part that is loaded later',
  );
  expect(line.server).toBe('split');
});

it('a server has the whole of a package of which the host leaves parts out', async () => {
  const code = server(
    "import Fastify from 'fastify';",
    `const app = Fastify();
  const querystring = { type: 'object', properties: { a: { type: 'integer' } } };
  app.get('/', { schema: { querystring } }, async (request) => request.query);
  return (await app.inject('/?a=3')).body;`,
  );
  const host = await spawnHost({
    yaml: 'servers: { web: { module: ./servers/web/index.ts, auth: anonymous } }',
    files: { 'servers/web/index.ts': code },
    prepare: (folder) => expect(build(folder, '--host')).toMatchObject({ status: 0, stderr: '' }),
    main: 'dist/main.js',
  });
  expect((await callTool(`${await host.url()}/web/mcp`, 'tell')).text).toBe('{"a":3}');
});

it('a source outside of the folder of servers.yaml is bundled and found', async () => {
  const host = await spawnHost({
    yaml: 'servers: {}',
    files: {
      'app/servers.yaml': 'servers: { up: { module: ../shared/index.ts, auth: anonymous } }',
      'shared/index.ts': server('', "return 'from above';"),
    },
    prepare: (folder) => expect(build(join(folder, 'app')).status).toBe(0),
    env: { MCP_SERVERS_FILE: 'app/servers.yaml' },
  });
  expect((await callTool(`${await host.url()}/up/mcp`, 'tell')).text).toBe('from above');
});

describe('a server that cannot be bundled', () => {
  it('fails the build with its name and file, and leaves what was built', () => {
    const index = join(host.directory, 'dist/bundles/servers/data/index.js');
    const before = readFileSync(index, 'utf8');
    const file = join(host.directory, 'servers/data/index.ts');
    const text = readFileSync(file, 'utf8');
    onTestFinished(() => writeFileSync(file, text));
    writeFileSync(file, `import './missing.ts';\n${text}`);
    const { status, stderr } = build(host.directory);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^servers\.data: /m);
    expect(stderr).toContain('servers/data/index.ts');
    expect(stderr).toContain('./missing.ts');
    expect(stderr).not.toMatch(/servers\.worker|^\s+at /m);
    expect(readFileSync(index, 'utf8')).toBe(before);
  });
});

function build(folder: string, ...flags: string[]) {
  const command = [join(ROOT, 'dist/build/main.js'), join(folder, 'servers.yaml'), ...flags];
  const cwd = flags.length > 0 ? ROOT : folder;
  return spawnSync(process.execPath, command, { cwd, encoding: 'utf8' });
}

function setVersion(folder: string, version: string): void {
  const file = join(folder, 'package.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), version }));
}

function prefixed(folder: string, files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]),
  );
}
