// Modules that serve, as authors write and publish them. All have a tool `echo`.

import type { ModuleCase } from './unavailable.ts';

const V1 = "import { createServer as build } from './kernel-v1.mjs';\n";
const V2 = "import { createServer as build } from './kernel-v2.mjs';\n";
const STDIO = "import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';\n";

/** A v1 server for modules that lie elsewhere, ESM and CommonJS. */
const SERVER = `
const build = () => {
  const server = new McpServer({ name: 'm', version: '1' });
  const text = (args) => ({ content: [{ type: 'text', text: args.text }] });
  server.registerTool('echo', { inputSchema: { text: z.string() } }, text);
  return server;
};
`;
const ESM = `
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
${SERVER}`;
const COMMON_JS = `
const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js');
const { z } = require('zod');
${SERVER}`;
const LOW_LEVEL = (imports: string, method: string): string => `${imports}
export default () => {
  const server = new Server({ name: 'low', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler(${method}, ({ params }) => ({
    content: [{ type: 'text', text: params.arguments.text }],
  }));
  server.setRequestHandler(${method.replace('CallTool', 'ListTools').replace('call', 'list')}, () => ({ tools: [] }));
  return server;
};`;

const exportsOf: ModuleCase[] = [
  { what: 'exports createServer, v1', entry: 'module: ./kernel-v1.mjs' },
  { what: 'exports createServer, v2', entry: 'module: ./kernel-v2.mjs' },
  { what: 'is named by `export`', entry: 'module: ./kernel-v1.mjs, export: createBeta' },
  { what: 'exports a factory by default', module: `${V1}export default build;` },
  {
    what: 'has an asynchronous factory',
    module: `${V1}export default async () => { await null; return build(); };`,
  },
  {
    what: 'awaits at its top level',
    module: `${V1}await null; export const createServer = build;`,
  },
  {
    what: 'returns a server with a cleanup',
    module: `${V1}export default () => ({ server: build(), cleanup() {} });`,
  },
  {
    what: 'returns a v2 server with a cleanup',
    module: `${V2}export default () => ({ server: build(), cleanup() {} });`,
  },
  { what: 'returns its low-level v1 server', module: `${V1}export default () => build().server;` },
  { what: 'returns its low-level v2 server', module: `${V2}export default () => build().server;` },
  {
    what: 'is written with the low-level v1 server',
    module: LOW_LEVEL(
      `import { Server } from '@modelcontextprotocol/sdk/server/index.js';
       import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';`,
      'CallToolRequestSchema',
    ),
  },
  {
    what: 'is written with the low-level v2 server',
    module: LOW_LEVEL("import { Server } from '@modelcontextprotocol/server';", "'tools/call'"),
  },
];

/** Lists a tool with a schema that no client could use; the rest of the server can be. */
const ODD_SCHEMA = (schema: string): string => `
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
const schema = ${schema};
if (schema?.properties?.self) schema.properties.self = schema;
export default () => {
  const server = new Server({ name: 'odd', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [{ name: 'odd', inputSchema: schema }] }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }) => ({
    content: [{ type: 'text', text: params.arguments.text }],
  }));
  return server;
};`;

const oddSchemas: ModuleCase[] = [
  'undefined',
  'null',
  '7',
  '{ properties: null }',
  '{ properties: { a: null, b: true, c: 7 } }',
  '{ properties: { self: {} } }',
].map((schema) => ({ what: `has the tool schema ${schema}`, module: ODD_SCHEMA(schema) }));

const ready: ModuleCase[] = [
  { what: 'exports a ready v1 server', module: `${V1}export const createServer = build();` },
  { what: 'exports a ready v2 server', module: `${V2}export const createServer = build();` },
  { what: 'exports a ready server by default', module: `${V1}export default build();` },
  {
    what: 'exports a ready server by name',
    module: `${V1}export const mine = build();`,
    entry: 'module: ./ID.mjs, export: mine',
  },
  {
    what: 'exports a ready server with a cleanup',
    module: `${V2}export default { server: build(), cleanup() {} };`,
  },
].map((each) => ({ ...each, entry: `${each.entry ?? 'module: ./ID.mjs'}, instance: shared` }));

const commonJs: ModuleCase[] = [
  {
    what: 'is CommonJS and exports a function',
    files: { 'ID.cjs': `${COMMON_JS}module.exports = build;` },
  },
  {
    what: 'is CommonJS and exports createServer',
    files: { 'ID.cjs': `${COMMON_JS}exports.createServer = build;` },
  },
  {
    what: 'is CommonJS and exports an object',
    files: { 'ID.cjs': `${COMMON_JS}module.exports = { createServer: build };` },
  },
  {
    what: 'is CommonJS compiled from a default export',
    files: {
      'ID.cjs': `${COMMON_JS}Object.defineProperty(exports, '__esModule', { value: true }); exports.default = build;`,
    },
  },
].map((each) => ({ ...each, entry: 'module: ./ID.cjs' }));

const places: ModuleCase[] = [
  {
    what: 'is a package with exports',
    entry: 'module: ID-package',
    files: {
      'node_modules/ID-package/package.json': '{ "type": "module", "exports": "./lib.js" }',
      'node_modules/ID-package/lib.js': `${ESM}export const createServer = build;`,
    },
  },
  {
    what: 'is a CommonJS package with main',
    entry: 'module: "@ID/package"',
    files: {
      'node_modules/@ID/package/package.json': '{ "main": "lib.js" }',
      'node_modules/@ID/package/lib.js': `${COMMON_JS}exports.createServer = build;`,
    },
  },
  {
    what: 'is a path of a package',
    entry: 'module: ID-package/server',
    files: {
      'node_modules/ID-package/package.json':
        '{ "exports": { "./server": { "import": "./s.mjs" } } }',
      'node_modules/ID-package/s.mjs': `${ESM}export const createServer = build;`,
    },
  },
  {
    what: 'is a folder with exports by condition',
    entry: 'module: ./ID',
    files: {
      'ID/package.json': `{ "type": "module", "main": "./no.js",
        "exports": { ".": { "types": "./no.d.ts", "import": { "types": "./no.d.ts", "default": "./lib.js" } } } }`,
      'ID/lib.js': `${ESM}export const createServer = build;`,
    },
  },
  {
    what: 'is a folder with main',
    entry: 'module: ./ID',
    files: {
      'ID/package.json': '{ "main": "lib.mjs" }',
      'ID/lib.mjs': `${ESM}export default build;`,
    },
  },
  {
    what: 'is a folder with index.mjs',
    entry: 'module: ./ID',
    files: { 'ID/index.mjs': `${ESM}export default build;` },
  },
  {
    what: 'is a compiled TypeScript file',
    entry: 'module: ./ID/server.mts',
    files: { 'ID/server.mts': 'not read', 'dist/ID/server.mjs': `${ESM}export default build;` },
  },
  {
    what: 'is a folder of compiled TypeScript',
    entry: 'module: ./ID/',
    files: {
      'ID/index.ts': 'not read',
      'dist/ID/package.json': '{ "type": "module" }',
      'dist/ID/index.js': `${ESM}export default build;`,
    },
  },
];

const loud: ModuleCase[] = [
  {
    what: 'prints while it is imported',
    module: `${V1}console.log('hello'); console.error('hello'); export default build;`,
  },
  {
    what: 'tries to connect to stdio after a while',
    module: `${V1}${STDIO}export default build;
      async function main() {
        await new Promise(setImmediate);
        await build().connect(new StdioServerTransport());
      }
      main().catch(() => process.exit(1));`,
  },
  {
    what: 'looks at standard input without reading it',
    module: `${V1}process.stdin.setEncoding('utf8'); process.stdin.resume(); process.stdin.unref();
      process.stdin.on('end', () => process.exit(0)); process.stdin.on('close', () => process.exit(0));
      export default build;`,
  },
  {
    what: 'listens for the end of the process',
    module: `${V1}for (const event of ['SIGTERM', 'exit', 'uncaughtException', 'unhandledRejection']) {
        process.on(event, () => process.exit(0));
      }
      export default build;`,
  },
];

/** What stands in `connect` of a server and adds the methods of its messages to `methods`. */
const WATCHES = {
  // As tracing libraries do.
  'watches the messages': `
    await connect.call(protocol, transport);
    const { onmessage } = transport;
    transport.onmessage = (message, extra) => {
      methods.add(message.method);
      onmessage.call(transport, message, extra);
    };`,
  'wraps the transport': `
    const wrapper = {
      start: () => transport.start(),
      send: (message, options) => transport.send(message, options),
      close: () => transport.close(),
    };
    transport.onmessage = (message, extra) => {
      methods.add(message.method);
      wrapper.onmessage(message, extra);
    };
    transport.onclose = () => wrapper.onclose();
    await connect.call(protocol, wrapper);`,
} as const;

const WATCHED = (module: string, watch: string): string => `${module}
export const createServer = () => {
  const server = build();
  const protocol = server.server;
  const methods = new Set();
  const { connect } = protocol;
  protocol.connect = async (transport) => {${watch}
  };
  const handlers = protocol._requestHandlers;
  const call = handlers.get('tools/call');
  handlers.set('tools/call', (request, context) => {
    if (!methods.has('tools/call')) throw new Error('The call was not seen.');
    return call(request, context);
  });
  return server;
};`;

const watched: ModuleCase[] = ['per-request', 'shared'].flatMap((instance) =>
  [V1, V2].flatMap((module) =>
    Object.entries(WATCHES).map(([what, watch]) => ({
      what: `${what} of its ${instance} ${module === V1 ? 'v1' : 'v2'} server`,
      module: WATCHED(module, watch),
      entry: `module: ./ID.mjs, instance: ${instance}`,
    })),
  ),
);

/** A subclass of `McpServer` does it in its `connect`, before the first message. */
const prepared: ModuleCase[] = ['per-request', 'shared'].flatMap((instance) =>
  [V1, V2].map((module) => ({
    what: `prepares its ${instance} ${module === V1 ? 'v1' : 'v2'} server when it is connected`,
    module: `${module}
export const createServer = () => {
  const server = build();
  let isReady = false;
  const { connect } = server;
  server.connect = async (transport) => {
    isReady = true;
    await connect.call(server, transport);
  };
  const handlers = server.server._requestHandlers;
  const call = handlers.get('tools/call');
  handlers.set('tools/call', (request, context) => {
    if (!isReady) throw new Error('The server was not prepared.');
    return call(request, context);
  });
  return server;
};`,
    entry: `module: ./ID.mjs, instance: ${instance}`,
  })),
);

export const SERVING: readonly ModuleCase[] = [
  ...watched,
  ...prepared,
  ...exportsOf,
  ...oddSchemas,
  ...ready,
  ...commonJs,
  ...places,
  ...loud,
];
