// Two faults of Fastify that this host works around. A failing test is good news: upstream has
// mended the fault, and the message says which code of ours can go.

import { once } from 'node:events';
import { Agent, request } from 'node:http';
import Fastify, { type FastifyInstance } from 'fastify';
import { expect, it, onTestFinished, vi } from 'vitest';

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
  const handlerTimeout = 100;
  const app = Fastify({ handlerTimeout });
  let isAborted: boolean | undefined;
  app.post('/', async ({ signal, raw }) => {
    // The whole body has come, and its caller waits.
    if (!raw.closed) await once(raw, 'close');
    await vi.advanceTimersByTimeAsync(5 * handlerTimeout);
    isAborted = signal.aborted;
    return 'handled';
  });
  const url = await start(app);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
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
  let closing: Promise<unknown> | undefined;
  app.post('/', async () => {
    // Once the answer is sent, only the connection that its client keeps is left.
    closing = app.close();
    return 'handled';
  });
  const url = await start(app);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  expect(await post(url, agent)).toBe(200);
  // The port is closed, so an answer can only come on the connection that was kept.
  const onKeptConnection = await post(url, agent).catch(() => 'the connection has ended');
  expect(
    onKeptConnection,
    'close() ends idle connections now: the sweep in `drain` (runtime/lifecycle.ts) can go, and with it `connection: close` in runtime/mount/send.ts.',
  ).toBe(503);
  // That answer ends its connection, which was the last one.
  await closing;
});
