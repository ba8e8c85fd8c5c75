// Modules that cannot serve: what is wrong with each, the reason word that /readyz gives, and what
// the log explains.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what people write in servers.yaml.

export interface ModuleCase {
  readonly what: string;
  /**
   * The server's entry in servers.yaml, YAML flow style; `module: ./ID.mjs` unless it says
   * otherwise.
   */
  readonly entry?: string;
  /** Text of `./ID.mjs`. */
  readonly module?: string;
  /** Further files. `ID` in paths and texts stands for the server's own name. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface UnavailableCase extends ModuleCase {
  readonly reason: string;
  /** What the log line explains. */
  readonly detail: RegExp;
}

const V1 = "import { createServer as build } from './kernel-v1.mjs';\n";
const V2 = "import { createServer as build } from './kernel-v2.mjs';\n";
const LOW_LEVEL = `
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
const build = (listTools) => {
  const server = new Server({ name: 'low', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, listTools);
  return server;
};
`;
const STDIO_V1 =
  "import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';\n";
const STDIO_V2 = "import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';\n";
const FACTORY = 'export const createServer = build;\n';
/** How published servers start themselves. */
const MAIN = 'main().catch((error) => { console.error(error); process.exit(1); });\n';

const importFaults: UnavailableCase[] = [
  { what: 'has a syntax error', module: 'export const = 1;', detail: /Unexpected token/ },
  {
    what: 'imports a missing package',
    module: "import 'no-such-package';",
    detail: /no-such-package/,
  },
  {
    what: 'imports a missing file',
    module: "import './no-such-file.mjs';",
    detail: /no-such-file/,
  },
  { what: 'imports a missing export', module: "import { nothing } from 'zod';", detail: /nothing/ },
  { what: 'throws an error', module: "throw new Error('broken');", detail: /broken/ },
  { what: 'throws null', module: 'throw null;', detail: /null/ },
  {
    what: 'throws what cannot be read',
    module: 'throw Object.create(null);',
    detail: /cannot be read/,
  },
  {
    what: 'rejects later, in top-level await',
    module: "await Promise.reject('late');",
    detail: /late/,
  },
].map((each) => ({ ...each, reason: 'import-failed' }));

const notFound: UnavailableCase[] = [
  { what: 'is a missing file', entry: 'module: ./no-such-file.mjs', detail: /no-such-file.*Fix: / },
  { what: 'is a missing package', entry: 'module: no-such-package', detail: /npm install/ },
  {
    what: 'is a package without an entry',
    entry: 'module: "@ID/package"',
    files: { 'node_modules/@ID/package/package.json': '{ "version": "1.0.0" }' },
    detail: /"@case-\d+\/package", which is installed, but has no main file\. Fix: name a package/,
  },
  {
    what: 'is a package that exports other files',
    entry: 'module: ID-package',
    files: { 'node_modules/ID-package/package.json': '{ "exports": { "./x": "./x.js" } }' },
    detail: /is installed, but exports nothing that you can import\. Fix: name a package/,
  },
  {
    what: 'is a file that a package does not have',
    entry: 'module: ID-package/lib/gone.js',
    files: { 'node_modules/ID-package/package.json': '{}' },
    detail: /which is installed, but has no such module\. Fix: name a package/,
  },
  { what: 'is a path through a file', entry: 'module: ./kernel-v1.mjs/x.mjs', detail: /Fix: / },
  { what: 'is an empty folder', entry: 'module: ./ID', files: { 'ID/x.txt': '' }, detail: /Fix: / },
  {
    what: 'is a folder whose package.json is broken',
    entry: 'module: ./ID',
    files: { 'ID/package.json': '{' },
    detail: /package\.json.*Fix: /,
  },
  {
    what: 'is a folder whose package.json names a missing file',
    entry: 'module: ./ID',
    files: { 'ID/package.json': '{ "main": "nowhere.js" }' },
    detail: /Fix: /,
  },
].map((each) => ({ ...each, reason: 'module-not-found' }));

const notBuilt: UnavailableCase[] = [
  { what: 'is not compiled', entry: 'module: ./ID.ts', files: { 'ID.ts': '' } },
  { what: 'is a folder that is not compiled', entry: 'module: ./ID', files: { 'ID/index.ts': '' } },
].map((each) => ({ ...each, reason: 'not-built', detail: /npm run build/ }));

const noFactory: UnavailableCase[] = [
  { what: 'exports nothing', module: '', detail: /got exports nothing/ },
  { what: 'exports other things', module: 'export const a = 1, b = 2;', detail: /exports a, b/ },
  { what: 'exports a text', module: "export default 'text';", detail: /createServer/ },
  {
    what: 'lacks the export that servers.yaml names',
    entry: 'module: ./kernel-v1.mjs, export: createOmega',
    detail: /`createOmega`/,
  },
].map((each) => ({ ...each, reason: 'no-factory' }));

const factoryFaults: UnavailableCase[] = [
  {
    what: 'has a factory that throws',
    module: "export default () => { throw new Error('bad'); };",
    detail: /bad/,
  },
  {
    what: 'has a factory that throws null',
    module: 'export default () => { throw null; };',
    detail: /null/,
  },
  {
    what: 'has a factory that rejects',
    module: "export default async () => { throw new Error('bad'); };",
    detail: /bad/,
  },
  {
    what: 'has a factory that returns nothing',
    module: 'export default () => {};',
    detail: /returned no server/,
  },
  {
    what: 'has a factory that returns a text',
    module: "export default () => 'text';",
    detail: /returned no server/,
  },
  {
    what: 'has a factory that returns itself',
    module: 'export default () => { const a = {}; a.server = a; return a; };',
    detail: /returned no server/,
  },
  { what: 'exports a class', module: 'export default class Server {};', detail: /class/i },
  {
    what: 'connects its server itself',
    module: `${V1}import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
      export const createServer = async () => {
        const server = build();
        await server.connect(InMemoryTransport.createLinkedPair()[0]);
        return server;
      };`,
    detail: /connect/i,
  },
].map((each) => ({ ...each, reason: 'factory-failed' }));

const noHandshake: UnavailableCase[] = [
  {
    what: 'refuses the handshake',
    module: `${LOW_LEVEL}import { InitializeRequestSchema } from '@modelcontextprotocol/sdk/types.js';
      export default () => {
        const server = build(() => ({ tools: [] }));
        server.setRequestHandler(InitializeRequestSchema, () => { throw new Error('not you'); });
        return server;
      };`,
    detail: /not you/,
  },
].map((each) => ({ ...each, reason: 'no-handshake' }));

const worksOnce: UnavailableCase[] = [
  {
    what: 'has a factory that works once',
    module: `${V1}let calls = 0;
      export default () => { if (calls++ > 0) throw new Error('again?'); return build(); };`,
    detail: /second call failed: again\?.*Fix: /,
  },
  {
    what: 'returns the same server for each caller',
    module: `${V1}const server = build(); export default () => server;`,
    detail: /same server again.*Fix: .*instance: shared/,
  },
  {
    what: 'returns the same v2 server for each caller',
    module: `${V2}const server = build(); export default () => server;`,
    detail: /same server again.*Fix: .*instance: shared/,
  },
].map((each) => ({ ...each, reason: 'factory-works-once' }));

const tooSlow: UnavailableCase[] = [
  { what: 'never finishes its import', module: 'await new Promise(() => {});' },
  { what: 'has a factory that never ends', module: 'export default () => new Promise(() => {});' },
].map((each) => ({
  ...each,
  entry: 'module: ./ID.mjs, startTimeoutMs: 300',
  reason: 'start-timeout',
  detail: /300 ms.*Fix: /,
}));

const endsProcess: UnavailableCase[] = [
  { what: 'calls process.exit', module: `${V1}${FACTORY}process.exit(0);` },
  {
    what: 'calls an imported exit',
    module: `${V1}${FACTORY}import { exit } from 'node:process'; exit(0);`,
  },
  {
    what: 'calls process.exit and swallows what that throws',
    module: `${V1}${FACTORY}try { process.exit(0); } catch {}`,
  },
  {
    what: 'calls process.exit in what it imports',
    module: `import './ID-exits.mjs'; ${V1}${FACTORY}`,
    files: { 'ID-exits.mjs': 'process.exit(0);' },
  },
  { what: 'calls process.exit in its factory', module: 'export default () => process.exit(0);' },
].map((each) => ({ ...each, reason: 'ends-process', detail: /process\.exit.*Fix: / }));

const connectsStdio: UnavailableCase[] = [
  {
    what: 'connects v1 to stdio',
    module: `${V1}${STDIO_V1}${FACTORY}await build().connect(new StdioServerTransport());`,
  },
  {
    what: 'connects v2 to stdio',
    module: `${V2}${STDIO_V2}${FACTORY}await build().connect(new StdioServerTransport());`,
  },
  {
    what: 'connects to stdio in its main function',
    module: `${V1}${STDIO_V1}${FACTORY}async function main() { await build().connect(new StdioServerTransport()); }\n${MAIN}`,
  },
  {
    what: 'connects to stdio in an asynchronous main function, and exports nothing',
    module: `${V1}${STDIO_V1}async function main() { await null; await build().connect(new StdioServerTransport()); }\n${MAIN}`,
  },
  {
    what: 'connects to stdio in its factory',
    module: `${V1}${STDIO_V1}export async function createServer() { const server = build(); await server.connect(new StdioServerTransport()); return server; }`,
  },
].map((each) => ({ ...each, reason: 'connects-stdio', detail: /standard input.*Fix: /i }));

const others: UnavailableCase[] = [
  {
    what: 'lacks two variables',
    entry: 'module: ./kernel-v1.mjs, env: { A: "${LACKED_B}", C: "${LACKED_A}-${SET:-x}" }',
    reason: 'missing-variable',
    detail: /LACKED_A, LACKED_B.*Fix: /,
  },
  {
    what: 'exports a ready server',
    module: `${V1}export const createServer = build();`,
    reason: 'instance-not-shared',
    detail: /instance: shared/,
  },
  {
    what: 'exports a ready v2 server by default',
    module: `${V2}export default build();`,
    reason: 'instance-not-shared',
    detail: /instance: shared/,
  },
];

export const UNAVAILABLE: readonly UnavailableCase[] = [
  ...importFaults,
  ...notFound,
  ...notBuilt,
  ...noFactory,
  ...factoryFaults,
  ...noHandshake,
  ...worksOnce,
  ...tooSlow,
  ...endsProcess,
  ...connectsStdio,
  ...others,
];
