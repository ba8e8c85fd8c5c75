// The limit for a cold start: the packages of the host and both sample servers, imported and asked
// without any host.
import '@fastify/rate-limit';
import 'eventsource-parser/stream';
import 'import-meta-resolve';
import 'pino';
import 'secure-json-parse';
import 'semver/functions/lt.js';
import 'yaml';
import 'zod';
import '@modelcontextprotocol/server';
import Fastify from 'fastify';

const app = Fastify();
app.get('/', async () => 'Fastify\n');
for (const name of ['weather', 'time']) {
  const { createServer } = await import(`${process.env.SAMPLES}/${name}/index.js`);
  createServer();
  app.post(`/${name}/mcp`, async ({ body }) => ({ jsonrpc: '2.0', id: body.id, result: {} }));
}
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
