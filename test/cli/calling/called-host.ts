// A running host with servers that are worth calling, and the command line that finds it.

import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type HostProcess, startHostProcess } from '../../e2e/spawn-host.ts';
import { type CliRun, runCli } from '../run-cli.ts';

/** Its tools have arguments of every type, and answer with what arrived. */
const TYPED = `
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const inputSchema = {
  type: 'object',
  properties: {
    text: { type: 'string', minLength: 1 },
    number: { type: 'number', minimum: -90, maximum: 90 },
    count: { type: 'integer' },
    flag: { type: 'boolean' },
    list: { type: 'array', items: { type: 'string' } },
    object: { type: 'object', properties: { a: { type: 'number' }, b: { $ref: '#/$defs/deep' } } },
    unit: { enum: ['c', 'f', 3] },
    either: { anyOf: [{ type: 'string' }, { type: 'number' }] },
    maybe: { type: ['number', 'null'] },
    any: {},
    'dotted.name': { type: 'number' },
  },
  required: ['text'],
  $defs: { deep: { type: 'object', properties: { c: { type: 'boolean' } }, additionalProperties: false } },
};
const open = { type: 'object', additionalProperties: true };
const tools = [
  { name: 'echo', description: 'Answers with its arguments.\\nSecond line.', inputSchema },
  { name: 'open', description: 'Takes everything.', inputSchema: open },
  { name: 'odd', inputSchema: { type: 'object', properties: { x: { type: 'string', pattern: '(' } } } },
  { name: 'fails', inputSchema: { type: 'object' } },
  { name: 'slow', inputSchema: { type: 'object' } },
  { name: 'csi', inputSchema: { type: 'object' } },
  { name: 'both', inputSchema: { type: 'object' } },
  { name: 'evil\\u001b[31m', description: 'red \\u001b[2Jwiped\\u0007\\u202e', inputSchema: { type: 'object' } },
];
const text = (value) => [{ type: 'text', text: value }];
const handlers = {
  fails: () => ({ content: text('no such \\u001b[31mcity'), isError: true }),
  slow: (args, extra) => new Promise((done) => extra.signal.addEventListener('abort', () => {
    console.error('slow was cancelled');
    done({ content: [] });
  })),
  csi: () => ({ content: text('\\u009b2J\\u202e') }),
  both: () => ({ content: text('{"a": 1}'), structuredContent: { a: 1 } }),
};

export function createServer() {
  const server = new Server({ name: 'typed', version: '1' }, { capabilities: { tools: {}, logging: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }, extra) =>
    handlers[params.name]?.(params.arguments, extra) ?? { content: text(JSON.stringify(params.arguments)) });
  return server;
}
`;

const files = { 'typed.mjs': TYPED };
const yaml = `
defaults: { auth: anonymous }
servers:
  typed: { module: ./typed.mjs }
  content: { module: ./conformance-v1.mjs, instance: shared }
  questions: { module: ./questions-v1.mjs, instance: shared }
  gone: { module: ./gone.mjs }
  off: { module: ./off.mjs, enabled: false }
`;

export interface CalledHost {
  readonly process: () => HostProcess;
  readonly env: () => Record<string, string>;
  /** Runs a command line where the host runs. */
  readonly run: (args: readonly string[], folder?: string) => Promise<CliRun>;
}

/** For the tests of one file. */
export function useHost(): CalledHost {
  let host: HostProcess;
  let env: Record<string, string>;
  beforeAll(async () => {
    host = await startHostProcess({ yaml, files });
    const { port } = new URL(await host.url());
    env = { PORT: port, MCP_SERVERS_FILE: join(host.directory, 'servers.yaml') };
  }, 60_000);
  afterAll(() => host.stop());
  return {
    process: () => host,
    env: () => env,
    run: (args, folder = '.') => runCli(args, { folder, env }),
  };
}
