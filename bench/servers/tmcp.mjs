// tmcp on its own HTTP transport and Hono's Node adapter.

import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { ZodJsonSchemaAdapter } from '@tmcp/adapter-zod';
import { HttpTransport } from '@tmcp/transport-http';
import { McpServer } from 'tmcp';
import { z } from 'zod';

const server = new McpServer(
  { name: 'bench', version: '1.0.0', description: 'bench' },
  { adapter: new ZodJsonSchemaAdapter(), capabilities: { tools: {} } },
);
server.tool(
  { name: 'echo', description: 'Echoes a text.', schema: z.object({ text: z.string() }) },
  ({ text }) => ({ content: [{ type: 'text', text }] }),
);
const transport = new HttpTransport(server, { path: '/mcp' });
const respond = async (request) =>
  (await transport.respond(request)) ?? new Response(null, { status: 404 });
createServer(getRequestListener(respond)).listen(Number(process.env.PORT), '127.0.0.1');
