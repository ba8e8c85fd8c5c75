// No secret leaves this process with its telemetry, wherever it stands in a request.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { post } from '../../runtime/post.ts';
import { freePort } from '../free-port.ts';
import { startIngestion } from './ingestion.ts';
import { observedHost } from './observed-host.ts';

const CANARY = 'canary-7f3a9c';

test('keys, tokens, arguments, results and queries are in no envelope', async () => {
  const ingestion = await startIngestion();
  const host = await observedHost(ingestion, { OTEL_METRIC_EXPORT_INTERVAL: '1000' });
  const url = `${await host.url()}/alpha/mcp?code=${CANARY}`;
  const headers = {
    authorization: `Bearer ${CANARY}`,
    'x-functions-key': CANARY,
    cookie: `session=${CANARY}`,
    baggage: `secret=${CANARY}`,
  };
  const upstream = createServer((_request, response) => response.end(CANARY));
  await new Promise<void>((resolve) => {
    upstream.listen(0, '127.0.0.1', () => resolve());
  });
  onTestFinished(() => void upstream.close());
  const { port } = upstream.address() as AddressInfo;
  const call = (name: string, args: object) =>
    post(
      url,
      { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } },
      headers,
    );
  await call('echo', { text: CANARY });
  await call('upstream', {
    url: `http://user:${CANARY}@127.0.0.1:${port}/p?key=${CANARY}#${CANARY}`,
    calls: 1,
  });
  await call('upstream', { url: `http://127.0.0.1:${port}/p?key=${CANARY}`, calls: 1 });
  await call('upstream', { url: `http://127.0.0.1:${await freePort()}/p?key=${CANARY}`, calls: 1 });
  await call(CANARY, {});
  await post(url, { jsonrpc: '2.0', id: 1, method: CANARY, params: { [CANARY]: CANARY } }, headers);
  const read = { uri: `test://x?key=${CANARY}` };
  await post(url, { jsonrpc: '2.0', id: 1, method: 'resources/read', params: read }, headers);
  await post(url, `[${CANARY}`, headers);
  await ingestion.waitForRequests(7);
  await ingestion.waitFor(({ data }) => data.baseData.message === 'refused');
  await ingestion.waitFor(({ data }) => data.baseType === 'MetricData');
  expect(ingestion.dependencies().length).toBeGreaterThanOrEqual(2);
  expect(JSON.stringify(ingestion.envelopes)).not.toContain(CANARY);
});
