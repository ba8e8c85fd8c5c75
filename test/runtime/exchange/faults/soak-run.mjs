// Serves thousands of calls in one process and prints by how much its heap and its handles have
// grown. Run with --expose-gc by soak.test.ts, and by hand: node --expose-gc
// test/runtime/exchange/faults/soak-run.mjs

import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { readEnvironment } from '../../../../dist/config/env.js';
import { parseConfig } from '../../../../dist/config/load.js';
import { createHost } from '../../../../dist/runtime/host.js';

const CONCURRENCY = 20;
/** V8 compiles and optimises for that long; what it keeps of it is no leak. */
const WARM_UP_CALLS = 8_000;
const CALLS = 20_000;

const YAML = `
defaults: { auth: anonymous }
servers:
  v1-shared: { module: ./fault-v1.mjs, instance: shared, rateLimit: { max: 1000000, windowSeconds: 60 } }
  v1-fresh: { module: ./fault-v1.mjs }
  v2-shared: { module: ./fault-v2.mjs, instance: shared, tools: { deny: [large] } }
  v2-fresh: { module: ./fault-v2.mjs }
`;
const FIXTURES = join(import.meta.dirname, '../../../fixtures/servers');

/**
 * Cheap servers get more of the calls, so that all finish in time; each kind of end is among them.
 */
const SERVERS = [
  ...Array(6).fill('v1-shared'),
  ...Array(4).fill('v2-shared'),
  'v1-fresh',
  'v2-fresh',
];
const METHODS = [
  ['tools/call', { name: 'echo', arguments: { text: 'x' } }],
  ['tools/call', { name: 'stream-and-large', arguments: { bytes: 100 } }],
  ['tools/call', { name: 'throw', arguments: { what: 'error' } }],
  ['prompts/get', { name: 'throw', arguments: { what: 'null' } }],
  ['tools/call', { name: 'no-such-tool', arguments: {} }],
  ['no/such/method', {}],
  ['prompts/get', { name: 'refuse', arguments: {} }],
];
const WAITING = ['tools/call', { name: 'wait', arguments: {} }];
const MODERN_META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};

const host = await createHost({
  config: parseConfig(YAML, join(FIXTURES, 'servers.yaml')),
  environment: readEnvironment({ LOG_LEVEL: 'silent' }),
  // Records of tool calls are written at any level.
  logDestination: { write() {} },
});
const url = await host.app.listen({ host: '127.0.0.1', port: 0 });
await host.load();
const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });

/** The session ids of the servers, which cancellations need. */
const sessions = new Map();
for (const server of new Set(SERVERS)) {
  const response = await fetch(`${url}/${server}/mcp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 0,
      method: 'initialize',
      params: {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'soak', version: '1' },
      },
    }),
  });
  await response.text();
  sessions.set(server, response.headers.get('mcp-session-id'));
}

/** Sends a message of the session of its server. */
function postInSession(server, message, onResponse, reject) {
  request(`${url}/${server}/mcp`, {
    method: 'POST',
    agent,
    headers: { 'content-type': 'application/json', 'mcp-session-id': sessions.get(server) },
  })
    .once('response', onResponse)
    .once('error', reject)
    .end(JSON.stringify({ jsonrpc: '2.0', ...message }));
}

let cancelled = 0;

/** A call that its client cancels by a message once the server has it. */
function cancelCall(number, server) {
  const [method, params] = WAITING;
  return new Promise((resolve, reject) => {
    const timer = setInterval(() => {
      const message = { method: 'notifications/cancelled', params: { requestId: number } };
      postInSession(server, message, (incoming) => incoming.resume(), reject);
    }, 20);
    const done = (incoming) => {
      clearInterval(timer);
      cancelled += 1;
      incoming.once('end', resolve).resume();
    };
    postInSession(server, { id: number, method, params }, done, reject);
  });
}

function call(number) {
  const server = SERVERS[number % SERVERS.length];
  if (number % 53 === 0) return cancelCall(number, server);
  const isAborted = number % 49 === 0;
  const [method, params] = isAborted ? WAITING : METHODS[number % METHODS.length];
  const isModern = Math.floor(number / SERVERS.length) % 2 === 1;
  return new Promise((resolve, reject) => {
    const outgoing = request(`${url}/${server}/mcp`, {
      method: 'POST',
      // Node sends what waits in an agent's queue even when it was given up long ago.
      agent: isAborted ? new Agent() : agent,
      headers: {
        'content-type': 'application/json',
        ...(isModern && {
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': method,
          ...(params.name && { 'mcp-name': params.name }),
        }),
      },
    });
    outgoing.once('response', (incoming) => {
      incoming.once('end', resolve);
      incoming.resume();
    });
    outgoing.once('error', (error) => (isAborted ? resolve() : reject(error)));
    const body = { ...params, ...(isModern && { _meta: MODERN_META }) };
    outgoing.end(JSON.stringify({ jsonrpc: '2.0', id: number, method, params: body }));
    if (isAborted) setTimeout(() => outgoing.destroy(), 20);
  });
}

async function callMany(count) {
  let next = 0;
  const worker = async () => {
    while (next < count) await call(next++);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

async function measure() {
  // Calls whose callers have left may still be waiting in the socket's backlog.
  while (host.servers.some(({ inFlight }) => inFlight.size > 0)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // Two turns, so that what the first collection finalises is gone, too.
  for (let turn = 0; turn < 2; turn += 1) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    heapBytes: process.memoryUsage().heapUsed,
    handles: process.getActiveResourcesInfo().length,
    abandoned: host.servers.reduce((sum, { backend }) => sum + backend.abandonedHandlers, 0),
    inFlight: host.servers.reduce((sum, { inFlight }) => sum + inFlight.size, 0),
  };
}

await callMany(WARM_UP_CALLS);
const before = await measure();
await callMany(CALLS);
const after = await measure();
agent.destroy();
await host.close();
console.log(
  JSON.stringify({
    calls: CALLS,
    cancelled,
    grownBytes: after.heapBytes - before.heapBytes,
    grownHandles: after.handles - before.handles,
    abandoned: after.abandoned,
    inFlight: after.inFlight,
  }),
);
