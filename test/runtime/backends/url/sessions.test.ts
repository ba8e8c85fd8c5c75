// Whose session of an upstream a request goes through, and how long it is kept.

import { describe, expect, it } from 'vitest';
import { eventually } from '../../../eventually.ts';
import { post } from '../../post.ts';
import { connectClient } from '../../protocol/eras/clients.ts';
import { callModern } from '../../protocol/eras/modern.ts';
import { shakeHands } from '../../protocol/questions/asking.ts';
import { hostOf, type Received, serve, startUpstream } from './upstreams.ts';

const call = (name: string, id = 1) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: {} },
});

const sessionsOf = (received: readonly Received[]): Set<unknown> =>
  new Set(
    received
      .filter(({ body }) => body.method === 'tools/call')
      .map(({ headers }) => headers['mcp-session-id']),
  );

describe('instance: per-session', () => {
  it('gives each session of a client one of its own', async () => {
    const upstream = await startUpstream('v1 stateful');
    const { url } = await hostOf(upstream);
    const [first, second] = [
      await connectClient('v1', `${url}/up/mcp`),
      await connectClient('v1', `${url}/up/mcp`),
    ];
    expect((await first.callTool('count')).text).toBe('1');
    expect((await first.callTool('count')).text).toBe('2');
    expect((await second.callTool('count')).text).toBe('1');
    expect((await first.callTool('count')).text).toBe('3');
  });

  it('gives each request its own where no client can be told apart', async () => {
    const upstream = await startUpstream('v1 stateful');
    const { url } = await hostOf(upstream);
    for (let round = 0; round < 2; round += 1) {
      expect((await callModern(`${url}/up/mcp`, 'count')).text).toBe('1');
      expect((await post(`${url}/up/mcp`, call('count'))).text).toBe('1');
    }
    await eventually(() => {
      expect(upstream.received.filter(({ method }) => method === 'DELETE')).toHaveLength(4);
    });
  });

  it('opens one session for requests that come at once', async () => {
    const upstream = await startUpstream('v1 stateful');
    const { url } = await hostOf(upstream);
    const headers = await shakeHands(`${url}/up/mcp`);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => post(`${url}/up/mcp`, call('count'), headers)),
    );
    expect(answers.map(({ text }) => text).toSorted()).toEqual([...'12345678']);
    expect(sessionsOf(upstream.received).size).toBe(1);
  });

  it('shakes hands with the capabilities of the client', async () => {
    const upstream = await startUpstream('v1 stateful');
    const { url } = await hostOf(upstream);
    const headers = await shakeHands(`${url}/up/mcp`, { elicitation: { form: {} } });
    const { text = '' } = await post(`${url}/up/mcp`, call('capabilities'), headers);
    expect(JSON.parse(text)).toEqual({ elicitation: { form: {} } });
  });

  it('ends a session after idleTimeoutMs, and opens another one', async () => {
    const upstream = await startUpstream('v1 stateful');
    const { url } = await hostOf(upstream, 'idleTimeoutMs: 1000');
    const headers = await shakeHands(`${url}/up/mcp`);
    await post(`${url}/up/mcp`, call('count'), headers);
    const [used] = sessionsOf(upstream.received);
    await eventually(() => {
      const ended = upstream.received.filter(({ method }) => method === 'DELETE');
      expect(ended.map(({ headers }) => headers['mcp-session-id'])).toContain(used);
    });
    expect((await post(`${url}/up/mcp`, call('count'), headers)).text).toBe('1');
  });

  it('ends its sessions when the host closes', async () => {
    const upstream = await startUpstream('v1 stateful');
    const { url, close } = await hostOf(upstream);
    const headers = await shakeHands(`${url}/up/mcp`);
    await post(`${url}/up/mcp`, call('count'), headers);
    await close();
    const ended = upstream.received.filter(({ method }) => method === 'DELETE');
    expect(ended).toHaveLength(upstream.of('initialize').length);
  });
});

it('instance: shared has one session for everybody', async () => {
  const upstream = await startUpstream('v1 stateful');
  const { url } = await hostOf(upstream, 'instance: shared');
  const headers = await shakeHands(`${url}/up/mcp`);
  expect((await post(`${url}/up/mcp`, call('count'), headers)).text).toBe('1');
  expect((await callModern(`${url}/up/mcp`, 'count')).text).toBe('2');
  expect((await post(`${url}/up/mcp`, call('capabilities'), headers)).text).toBe('{}');
  expect(upstream.of('initialize')).toHaveLength(1);
});

it('instance: per-request has a session for each request', async () => {
  const upstream = await startUpstream('v1 stateful');
  const { url } = await hostOf(upstream, 'instance: per-request');
  const headers = await shakeHands(`${url}/up/mcp`);
  for (let round = 0; round < 2; round += 1) {
    expect((await post(`${url}/up/mcp`, call('count'), headers)).text).toBe('1');
  }
});

it('a stateless upstream gets no sessions: one handshake, no DELETE', async () => {
  const upstream = await startUpstream('v1 stateless');
  const { url, close } = await hostOf(upstream);
  const headers = await shakeHands(`${url}/up/mcp`);
  for (let round = 0; round < 3; round += 1) {
    expect((await post(`${url}/up/mcp`, call('count'), headers)).text).toBe('1');
  }
  await close();
  expect(upstream.of('initialize')).toHaveLength(1);
  expect(upstream.received.every(({ method }) => method === 'POST')).toBe(true);
});

describe.each(['per-session', 'shared', 'per-request'])('a lost session, %s', (instance) => {
  it('is opened again, and the request is sent once more', async () => {
    const upstream = await startUpstream('v1 stateful');
    const { url } = await hostOf(upstream, `instance: ${instance}`);
    const headers = await shakeHands(`${url}/up/mcp`);
    await post(`${url}/up/mcp`, call('count'), headers);
    upstream.forget();
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => post(`${url}/up/mcp`, call('count'), headers)),
    );
    expect(answers.map(({ status, error }) => [status, error])).toEqual(
      answers.map(() => [200, undefined]),
    );
    const counts = answers.map(({ text }) => text).toSorted();
    expect(counts).toEqual(instance === 'per-request' ? ['1', '1', '1', '1'] : [...'1234']);
  });
});

/** Gives out sessions, and loses or refuses each. */
const forgetful = (status: number) =>
  serve((_request, response, { id, method }) => {
    const result =
      method === 'initialize'
        ? { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'f' } }
        : { content: [{ type: 'text', text: 'ran' }], tools: [] };
    const hasSession = _request.headers['mcp-session-id'] !== undefined;
    if (id === undefined) response.writeHead(202).end();
    else if (method === 'server/discover' || (hasSession && method !== 'initialize')) {
      response.writeHead(status).end();
    } else {
      response
        .writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 's-1' })
        .end(JSON.stringify({ jsonrpc: '2.0', id, result }));
    }
  });

it('a session that is lost again at once is not asked for a third time', async () => {
  const upstream = await forgetful(404);
  const { url } = await hostOf(upstream);
  const { status, error } = await post(
    `${url}/up/mcp`,
    call('x'),
    await shakeHands(`${url}/up/mcp`),
  );
  expect([status, error?.data?.reason]).toEqual([502, 'upstream-invalid']);
  expect(upstream.of('tools/call')).toHaveLength(2);
});

it('an upstream that answers 400 to its own session id is asked without one', async () => {
  const upstream = await forgetful(400);
  const { url } = await hostOf(upstream);
  const headers = await shakeHands(`${url}/up/mcp`);
  for (let round = 0; round < 2; round += 1) {
    expect((await post(`${url}/up/mcp`, call('x'), headers)).text).toBe('ran');
  }
  expect(upstream.of('tools/call').map(({ headers }) => headers['mcp-session-id'])).toEqual([
    's-1',
    undefined,
    undefined,
  ]);
});

it('the session id of an upstream never reaches a caller', async () => {
  const upstream = await startUpstream('v1 stateful');
  const { url } = await hostOf(upstream);
  const headers = await shakeHands(`${url}/up/mcp`);
  const answer = await post(`${url}/up/mcp`, call('count'), headers);
  const [id] = sessionsOf(upstream.received);
  expect(typeof id).toBe('string');
  expect(JSON.stringify([answer, headers])).not.toContain(id);
  expect(answer.headers['mcp-session-id']).toBeUndefined();
});
