// A low-level SDK v1 server whose one tool marks its arguments as no client can repeat them.

import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const marked = (name, schema = { type: 'string' }) => ({ ...schema, 'x-mcp-header': name });

const inputSchema = {
  type: 'object',
  properties: {
    spaced: marked('not a token'),
    colon: marked('a:b'),
    empty: marked(''),
    number: marked(7),
    list: marked('List', { type: 'array', items: marked('Item') }),
    text: 'no schema',
    nothing: null,
  },
  anyOf: [{ properties: { either: marked('Either') } }],
};

export function createServer() {
  const server = new Server({ name: 'odd', version: '1.0.0' }, { capabilities: { tools: {} } });
  const tools = [
    { name: 'odd', inputSchema },
    { name: 'none', inputSchema: { type: 'object', properties: null } },
  ];
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }) => ({
    content: [{ type: 'text', text: Object.keys(params.arguments).join(' ') }],
  }));
  return server;
}
