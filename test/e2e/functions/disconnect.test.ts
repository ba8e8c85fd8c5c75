// Clients that go away in the middle of a call: the tool hears of it, and its place is free again.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { send } from '../../../standins/functions-host/fixtures/client.ts';
import {
  type FunctionsHostUnderTest,
  realFunctionsHostUrl,
} from '../../../standins/functions-host/under-test.ts';
import { post } from '../../runtime/post.ts';
import { appUnderTest } from './app.ts';
import { asRequest, expectEcho, happened, release, toolCall } from './calls.ts';

describe('a client that goes away', () => {
  let host: FunctionsHostUnderTest;
  beforeAll(async () => {
    host = await appUnderTest();
  });
  afterAll(() => host.stop());

  /** A call on the server with one place only; resolves when its tool runs. */
  async function callAndHold(tool: string, name: string) {
    const leaving = new AbortController();
    const request = asRequest(toolCall(tool, { name }), { signal: leaving.signal });
    const call = send(host.url, '/narrow/mcp', request);
    await happened(host.url, `held ${name}`);
    return { call, leaving };
  }

  test.each(['hold', 'stream-and-hold'])(
    'aborts the signal of %s, and the place of its call is free again',
    async (tool) => {
      const { call, leaving } = await callAndHold(tool, tool);
      const refused = await post(`${host.url}/narrow/mcp`, toolCall('echo', { text: 'hello' }));
      expect(refused).toMatchObject({ status: 503, error: { data: { reason: 'overloaded' } } });
      leaving.abort();
      await expect(call).rejects.toThrow('aborted');
      await happened(host.url, `aborted ${tool}`);
      await expectEcho(host.url, 'narrow');
    },
  );

  test.skipIf(realFunctionsHostUrl)(
    'leaves the place to a tool that works on, and the operator sees the abandoned handler',
    async () => {
      const { standIn } = host;
      if (!standIn) throw new Error('needs the stand-in');
      const handlerUrl = `http://127.0.0.1:${standIn.handlerPort}`;
      const { call, leaving } = await callAndHold('hold-deaf', 'deaf');
      expect(await stateOf(handlerUrl, 'narrow')).toMatchObject({ inFlight: 1 });
      leaving.abort();
      await expect(call).rejects.toThrow('aborted');
      await standIn.outputLine(/"target":"hold-deaf","outcome":"disconnected"/);
      expect(await stateOf(handlerUrl, 'narrow')).toMatchObject({
        inFlight: 0,
        abandonedHandlers: 1,
      });
      const refused = await post(`${host.url}/narrow/mcp`, toolCall('echo', { text: 'hello' }));
      expect(refused).toMatchObject({ status: 503 });
      await release(host.url, 'deaf');
      expect(await stateOf(handlerUrl, 'narrow')).toMatchObject({ abandonedHandlers: 0 });
      await expectEcho(host.url, 'narrow');
    },
  );

  test('does not disturb the calls of others', async () => {
    const { call, leaving } = await callAndHold('hold', 'left');
    const staying = post(`${host.url}/tools/mcp`, toolCall('hold', { name: 'staying' }));
    await happened(host.url, 'held staying');
    leaving.abort();
    await expect(call).rejects.toThrow('aborted');
    await happened(host.url, 'aborted left');
    await release(host.url, 'staying');
    expect(await staying).toMatchObject({ status: 200, text: 'staying was released' });
  });

  test('learns nothing of the servers from /readyz', async () => {
    await expectEcho(host.url, 'narrow');
    const { status, body } = await send(host.url, '/readyz');
    expect({ status, body: JSON.parse(body.toString()) }).toEqual({
      status: 200,
      body: { status: 'ready' },
    });
  });
});

async function stateOf(handlerUrl: string, server: string): Promise<object | undefined> {
  const { body } = await send(handlerUrl, '/readyz');
  const { servers } = JSON.parse(body.toString()) as { servers: { name: string }[] };
  return servers.find(({ name }) => name === server);
}
