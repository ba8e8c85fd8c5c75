// The least that a shared server can cost: a bare Fastify route that hands each message straight to the handler of the
// SDK named in SDK, under an id of its own. No log, limits, sessions or headers, and nothing is checked.

import Fastify from 'fastify';

const { createServer } = await import(`./${process.env.SDK}.mjs`);
const waiting = new Map();
let lastId = 0;

const mcpServer = createServer();
await mcpServer.connect({
  start: async () => {},
  close: async () => {},
  send: async ({ id, result }) => {
    waiting.get(id)(result);
    waiting.delete(id);
  },
});

const app = Fastify();
app.get('/', async () => 'Fastify\n');
app.post('/mcp', async ({ body: { id, method, params } }) => {
  lastId += 1;
  const result = await new Promise((resolve) => {
    waiting.set(lastId, resolve);
    // The listener of the transport would check the form of the message first.
    mcpServer.server._onrequest({ jsonrpc: '2.0', id: lastId, method, params }, {});
  });
  return { jsonrpc: '2.0', id, result };
});
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
