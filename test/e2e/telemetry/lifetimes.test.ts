// When a row begins and ends where a message is not simply asked and answered: while the host still
// loads, while a client is asked, while one only listens.

import { expect, test } from 'vitest';
import { post } from '../../runtime/post.ts';
import { modernHeaders, modernMessage } from '../../runtime/protocol/eras/modern.ts';
import { openStream } from '../../runtime/protocol/eras/stream.ts';
import { callLegacy, shakeHands } from '../../runtime/protocol/questions/asking.ts';
import { freePort } from '../free-port.ts';
import { spawnHost } from '../spawn-host.ts';
import { startIngestion } from './ingestion.ts';

const OBSERVED = `
defaults: { auth: anonymous }
servers:
  alpha: { module: ./observed.mjs, instance: shared, subscriptions: true, export: createV2 }
`;

const ECHO = {
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'echo', arguments: { text: 'x' } },
};

/** Sends as soon as the port is open, however little has been loaded. */
async function firstAnswer(url: string): Promise<unknown> {
  for (;;) {
    try {
      return (await post(url, ECHO)).text;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
    }
  }
}

test('the first message, sent as soon as the port is open, waits to be seen', async () => {
  const ingestion = await startIngestion();
  const port = await freePort();
  await spawnHost({ yaml: OBSERVED, env: { ...ingestion.env, PORT: String(port) } });
  expect(await firstAnswer(`http://127.0.0.1:${port}/alpha/mcp`)).toBe('x');
  const [first] = await ingestion.waitForRequests(1);
  expect(first?.data.baseData.properties['faas.coldstart']).toBe('true');
});

test('a question to the client is a dependency of the call that asked, as long as the client took', async () => {
  const ingestion = await startIngestion();
  const yaml = `
servers:
  asking: { module: ./questions-v1.mjs, instance: shared, auth: anonymous }
`;
  const host = await spawnHost({ yaml, env: ingestion.env });
  const url = `${await host.url()}/asking/mcp`;
  const headers = await shakeHands(url);
  const stream = await callLegacy(url, 'form', {}, headers);
  const question = await stream.next();
  const result = { action: 'accept', content: { name: 'Ada' } };
  await post(url, { jsonrpc: '2.0', id: question?.id, result } as never, headers);
  await stream.rest();
  const [, call] = await ingestion.waitForRequests(2);
  const [asked] = ingestion.dependencies();
  expect(asked?.data.baseData).toMatchObject({ name: 'elicitation/create', success: true });
  expect(asked?.tags).toMatchObject({
    'ai.cloud.role': 'mcp-host.asking',
    'ai.operation.parentId': call?.data.baseData.id,
  });
});

test("a listening client's row ends when its subscription is acknowledged", async () => {
  const ingestion = await startIngestion();
  const host = await spawnHost({ yaml: OBSERVED, env: ingestion.env });
  const notifications = { toolsListChanged: true };
  const message = modernMessage('subscriptions/listen', { notifications });
  const url = `${await host.url()}/alpha/mcp`;
  const stream = await openStream(url, message, modernHeaders(message));
  expect(await stream.next()).toMatchObject({
    method: 'notifications/subscriptions/acknowledged',
  });
  const [row] = await ingestion.waitForRequests(1);
  expect(row?.data.baseData).toMatchObject({ name: 'subscriptions/listen', success: true });
  stream.leave();
});
