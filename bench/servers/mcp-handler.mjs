// mcp-handler on Hono's Node adapter.

import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { createMcpHandler } from 'mcp-handler';
import { z } from 'zod';

const inputSchema = z.object({ text: z.string() });
const handle = createMcpHandler((server) => {
  server.registerTool('echo', { description: 'Echoes a text.', inputSchema }, ({ text }) => ({
    content: [{ type: 'text', text }],
  }));
});
createServer(getRequestListener(handle)).listen(Number(process.env.PORT), '127.0.0.1');
