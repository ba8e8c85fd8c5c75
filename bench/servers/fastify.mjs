// The floor: a bare Fastify route that parses and answers the same JSON, without MCP.

import Fastify from 'fastify';

const app = Fastify();
app.post('/echo', async ({ body }) => ({
  jsonrpc: '2.0',
  id: body.id,
  result: { content: [{ type: 'text', text: body.params.arguments.text }] },
}));
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
