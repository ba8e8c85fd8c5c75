// What an upstream asks reaches the client of the request, in every pair of eras.

import { describe, expect, it } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { post } from '../../post.ts';
import { CLIENTS, connectClient, isModern } from '../../protocol/eras/clients.ts';
import { callLegacy, reply, shakeHands } from '../../protocol/questions/asking.ts';
import { hostOf, startUpstream } from './upstreams.ts';

const fixtures = '../../../fixtures/servers';
const ADA = {
  capabilities: { elicitation: { form: {} } },
  answers: {
    'elicitation/create': () => ({ action: 'accept', content: { name: 'Ada' } }),
  },
};

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
    expect(isModern(client) ? upstream.of('tools/call').length : 1).toBe(1);
  });
});

it('answers a question of a shared upstream at once with -32601', async () => {
  const { createServer } = await import(`${fixtures}/questions-v1.mjs`);
  const upstream = await startUpstream('v1 stateful', createServer);
  const { url } = await hostOf(upstream, 'instance: shared');
  const call = { name: 'form', arguments: {} };
  await post(`${url}/up/mcp`, { jsonrpc: '2.0', id: 1, method: 'tools/call', params: call });
  const answers = upstream.received.filter(({ body }) => body.error !== undefined);
  for (const { body } of answers) expect(body.error?.code).toBe(-32601);
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
