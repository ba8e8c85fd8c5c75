// What an upstream asks reaches the client of the request, in every pair of eras.

import { describe, expect, it } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { post } from '../../post.ts';
import { CLIENTS, connectClient } from '../../protocol/eras/clients.ts';
import { callLegacy, reply, shakeHands } from '../../protocol/questions/asking.ts';
import { type Handle, hostOf, serve, startUpstream } from './upstreams.ts';

const fixtures = '../../../fixtures/servers';
const ADA = {
  capabilities: { elicitation: { form: {} } },
  answers: {
    'elicitation/create': () => ({ action: 'accept', content: { name: 'Ada' } }),
  },
};

/** Asks for a form and a ping in each call, and answers with what it was told. */
const asksFirst: Handle = (() => {
  const told: string[] = [];
  let finish = (): void => {};
  return (_request, response, { id, method, result, error }) => {
    const send = (message: object): string =>
      `data: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`;
    if (method === 'tools/call') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(send({ id: 'q-1', method: 'elicitation/create', params: {} }));
      response.write(send({ id: 'q-2', method: 'ping' }));
      finish = () => {
        const content = [{ type: 'text', text: told.toSorted().join(', ') }];
        response.end(send({ id, result: { content } }));
      };
      return;
    }
    if (method === undefined) {
      told.push(`${id} ${error?.code ?? JSON.stringify(result)}`);
      if (told.length === 2) finish();
    }
    if (method !== 'initialize' && method !== 'tools/list') response.writeHead(202).end();
    else {
      const serverInfo = { name: 'asks', version: '1' };
      const answer = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo, tools: [] };
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(send({ id, result: answer }));
    }
  };
})();

describe.each(CLIENTS)('client %s', (client) => {
  it('answers what an upstream of the 2025 era asks', async () => {
    const upstream = await startUpstream('v1 stateful');
    const { url } = await hostOf(upstream);
    const { callTool } = await connectClient(client, `${url}/up/mcp`, ADA);
    expect((await callTool('ask')).text).toBe('accept Ada');
  });

  it('answers what an upstream of 2026-07-28 asks, over several rounds', async () => {
    const { createServer } = await import(`${fixtures}/questions-v2.mjs`);
    const upstream = await startUpstream('v2', createServer);
    const { url } = await hostOf(upstream);
    const { callTool } = await connectClient(client, `${url}/up/mcp`, ADA);
    expect((await callTool('form')).text).toBe('accept Ada');
    expect((await callTool('rounds')).text).toBe('Ada Ada');
  });

  it('cannot be asked by an upstream that is shared', async () => {
    const upstream = await startUpstream('v1 stateful');
    const { url } = await hostOf(upstream, 'instance: shared');
    const { callTool } = await connectClient(client, `${url}/up/mcp`, ADA);
    const { isError } = await callTool('ask');
    expect(isError).toBe(true);
    expect(upstream.of('initialize').map(({ body }) => body.params?.capabilities)).toEqual([{}]);
  });

  it('that cannot be asked gets an error', async () => {
    const { createServer } = await import(`${fixtures}/questions-v2.mjs`);
    const upstream = await startUpstream('v2', createServer);
    const { url } = await hostOf(upstream);
    const { callTool } = await connectClient(client, `${url}/up/mcp`);
    const outcome = await callTool('form').catch((error: Error) => error);
    expect(outcome instanceof Error || outcome.isError).toBe(true);
  });
});

it('a question on the stream of a shared upstream is answered at once with -32601', async () => {
  const upstream = await serve(asksFirst);
  const { url } = await hostOf(upstream, 'instance: shared');
  const headers = await shakeHands(`${url}/up/mcp`);
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'x' } };
  expect((await post(`${url}/up/mcp`, call, headers)).text).toBe('q-1 -32601, q-2 {}');
});

it('a question that the upstream takes back is taken back from the client', async () => {
  const { createServer } = await import(`${fixtures}/questions-v1.mjs`);
  const upstream = await startUpstream('v1 stateful', createServer);
  const { url } = await hostOf(upstream);
  const headers = await shakeHands(`${url}/up/mcp`);
  const stream = await callLegacy(`${url}/up/mcp`, 'gives-up', {}, headers);
  const question = await stream.next();
  expect(question?.method).toBe('elicitation/create');
  const messages = await stream.rest();
  const taken = messages.find(({ method }) => method === 'notifications/cancelled');
  expect(taken?.params?.requestId).toBe(question?.id);
});

it('the id under which an upstream asks never leaves the host', async () => {
  const upstream = await startUpstream('v1 stateful');
  const { url } = await hostOf(upstream);
  const headers = await shakeHands(`${url}/up/mcp`);
  const stream = await callLegacy(`${url}/up/mcp`, 'ask', {}, headers);
  const question = await stream.next();
  expect(String(question?.id)).toMatch(/^[0-9a-f]{32}$/);
  await reply(`${url}/up/mcp`, question?.id, { action: 'decline' }, headers);
  const answer = await stream.next();
  expect(answer?.result?.content).toEqual([{ type: 'text', text: 'decline undefined' }]);
  await eventually(() => {
    const posted = upstream.received.filter(({ body }) => body.result !== undefined);
    expect(posted.map(({ body }) => body.id)).toEqual([0]);
  });
});
