// The server behind `url`: answers the results in RESULTS, by method, at the price of a bare Fastify route.

import Fastify from 'fastify';

const results = JSON.parse(process.env.RESULTS ?? '{}');

const app = Fastify();
app.post('/mcp', async ({ body: { id, method, params } }, reply) => {
  const result = results[method];
  if (id === undefined) return reply.code(202).send();
  if (!result) {
    return reply
      .code(404)
      .send({ jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } });
  }
  const text = params?.arguments?.text;
  const content = text === undefined ? undefined : [{ type: 'text', text }];
  return { jsonrpc: '2.0', id, result: content ? { ...result, content } : result };
});
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
