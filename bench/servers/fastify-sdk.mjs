// The least that a shared server can cost: a bare Fastify route that hands each message straight to the handler of the
// SDK named in SDK, under an id of its own. No log, limits, sessions or headers, and nothing is checked. With LIMIT_AND_LOG,
// also what the measured servers of this host have: a rate limit, and a log line for each request.

import rateLimit from '@fastify/rate-limit';
import Fastify from 'fastify';
import pino from 'pino';

/** Log lines are collected, as in this host; pino allows no more than this. */
const COLLECTED_BYTES = 16_000;

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
let log;
if (process.env.LIMIT_AND_LOG) {
  await app.register(rateLimit, {
    max: 1_000_000,
    timeWindow: 1_000,
    // As in this host.
    addHeadersOnExceeding: {
      'x-ratelimit-limit': false,
      'x-ratelimit-remaining': false,
      'x-ratelimit-reset': false,
    },
  });
  log = pino({ base: null }, pino.destination({ sync: false, minLength: COLLECTED_BYTES }));
}
app.get('/', async () => 'Fastify\n');
app.post('/mcp', async ({ body: { id, method, params } }) => {
  const startedAt = performance.now();
  lastId += 1;
  const result = await new Promise((resolve) => {
    waiting.set(lastId, resolve);
    // The listener of the transport would check the form of the message first.
    mcpServer.server._onrequest({ jsonrpc: '2.0', id: lastId, method, params }, {});
  });
  const durationMs = Math.round((performance.now() - startedAt) * 10) / 10;
  log?.info(
    { server: 'bench', method, target: params?.name, outcome: 'ok', durationMs },
    'request',
  );
  return { jsonrpc: '2.0', id, result };
});
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
