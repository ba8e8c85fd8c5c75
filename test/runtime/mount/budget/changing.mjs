// Servers whose long results are unusual.

import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { ReadResourceRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';

const LONG = 'x'.repeat(1_000_000);

/** Each unit of its text takes six bytes of JSON. */
export function createServer() {
  const server = new McpServer({ name: 'changing', version: '1.0.0' });
  server.registerTool('nul', { inputSchema: { units: z.number() } }, ({ units }) => ({
    content: [{ type: 'text', text: '\0'.repeat(units) }],
  }));
  return server;
}

/** What the SDK does not check: a result that is no object, and one that is changed later. */
export function createUnchecked() {
  const server = new Server(
    { name: 'unchecked', version: '1.0.0' },
    { capabilities: { resources: {} } },
  );
  server.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }) => {
    if (uri === 'test://text') return LONG;
    const contents = [{ uri, text: LONG }];
    const result = { contents, word: 'as answered' };
    setImmediate(() => {
      result.word = 'as changed later';
    });
    return result;
  });
  return server;
}
