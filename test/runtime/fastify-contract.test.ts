// Two faults of Fastify that this host works around. A failing test is good news: upstream has mended the fault, and
// the message says which code of ours can go.

import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import Fastify, { type FastifyInstance } from 'fastify';
import { expect, it, onTestFinished } from 'vitest';

async function start(app: FastifyInstance): Promise<string> {
  onTestFinished(async () => {
    app.server.closeAllConnections();
    await app.close();
  });
  return app.listen({ host: '127.0.0.1', port: 0 });
}

/** Posts JSON over an agent that keeps its connection; resolves with the status. */
async function post(url: string, agent: Agent): Promise<number> {
  const outgoing = request(url, {
    method: 'POST',
    agent,
    headers: { 'content-type': 'application/json' },
  });
  outgoing.end('{}');
  const [response] = await once(outgoing, 'response');
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}

it('handlerTimeout and request.signal do not work for a POST with a body (fastify/fastify#6725, #7033)', async () => {
  const HANDLER_MS = 500;
  const app = Fastify({ handlerTimeout: HANDLER_MS / 5 });
  let isAborted: boolean | undefined;
  app.post('/', async ({ signal }) => {
    await wait(HANDLER_MS);
    isAborted = signal.aborted;
    return 'handled';
  });
  const url = await start(app);
  const status = await post(url, new Agent());
  expect(
    status,
    'handlerTimeout fires now: the deadline of OpenExchange (runtime/exchange/open-exchange.ts) could be Fastify’s.',
  ).toBe(200);
  expect(
    isAborted,
    'request.signal waits for the caller now: use it in runtime/mount/mount.ts instead of the `close` listener.',
  ).toBe(true);
});

it('close() waits for the connections that clients keep alive (fastify/fastify#7044)', async () => {
  const app = Fastify();
  let result: Promise<string> | undefined;
  app.post('/', async () => {
    // Once the answer is sent, only the connection that its client keeps is left.
    const closing = app.close().then(() => 'closed');
    result = Promise.race([closing, wait(1_000, 'still open')]);
    return 'handled';
  });
  const url = await start(app);
  expect(await post(url, new Agent({ keepAlive: true }))).toBe(200);
  expect(
    await result,
    'close() ends idle connections now: the sweep in `drain` (runtime/lifecycle.ts) can go, and with it `connection: close` in runtime/mount/send.ts.',
  ).toBe('still open');
});
