// The floor: bare Fastify routes that parse the same JSON and answer the same results, without MCP.

import Fastify from 'fastify';

/** The results to answer, by path. */
const results = JSON.parse(process.env.RESULTS ?? '{}');

const app = Fastify();
app.get('/', async () => 'Fastify\n');
for (const [path, result] of Object.entries(results)) {
  app.post(path, async ({ body }) => {
    const { id, params } = body;
    const text = params?.arguments?.text;
    const content = text === undefined ? undefined : [{ type: 'text', text }];
    return { jsonrpc: '2.0', id, result: content ? { ...result, content } : result };
  });
}
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
