// What a server in a thread sends is a dependency of its call, and tells the receiver its trace.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type Envelope, startIngestion } from './ingestion.ts';
import { observedHost } from './observed-host.ts';

const YAML = `
defaults: { auth: anonymous }
servers:
  v1: { module: ./thread-v1.mjs, isolation: thread, instance: shared }
  v2: { module: ./thread-v2.mjs, isolation: thread }
`;

test.each(['v1', 'v2'])('%s', async (server) => {
  const ingestion = await startIngestion();
  const host = await observedHost(ingestion, {}, YAML);
  const traceparents: unknown[] = [];
  const upstream = createServer(({ headers }, response) => {
    traceparents.push(headers.traceparent);
    response.writeHead(418).end('tea');
  });
  await new Promise<void>((resolve) => {
    upstream.listen(0, '127.0.0.1', () => resolve());
  });
  onTestFinished(() => {
    upstream.closeAllConnections();
    upstream.close();
  });
  const { port } = upstream.address() as AddressInfo;
  const answer = await host.call(server, 'fetch', {
    text: `http://127.0.0.1:${port}/p?key=SECRET`,
  });
  expect(answer.text).toBe('418 tea');
  const [call] = (await ingestion.waitForRequests(1)) as [Envelope];
  await ingestion.waitFor(() => ingestion.dependencies().length === 1);
  const [dependency] = ingestion.dependencies() as [Envelope];
  expect(dependency.data.baseData).toMatchObject({
    name: 'GET /p',
    success: false,
    resultCode: '418',
  });
  expect(dependency.tags).toMatchObject({
    'ai.cloud.role': `mcp-host.${server}`,
    'ai.operation.parentId': call.data.baseData.id,
  });
  const trace = call.tags['ai.operation.id'];
  expect(traceparents).toEqual([`00-${trace}-${call.data.baseData.id}-01`]);
  expect(JSON.stringify(ingestion.envelopes)).not.toContain('SECRET');
});
