// What arrives in Application Insights, sent by the real exporter: one row per MCP message, with
// role, name, parent and verdict.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { post } from '../../runtime/post.ts';
import { callModern } from '../../runtime/protocol/eras/modern.ts';
import { shakeHands } from '../../runtime/protocol/questions/asking.ts';
import { type Envelope, startIngestion } from './ingestion.ts';
import { MOUNTS, observedHost } from './observed-host.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const HTTP_TRACE = '0af7651916cd43dd8448eb211c80319c';
const HTTP_PARENT = 'b7ad6b7169203331';

const row = ({ tags, data: { baseData } }: Envelope) => ({
  role: tags['ai.cloud.role'],
  name: baseData.name,
  success: baseData.success,
});
const properties = ({ data }: Envelope) => data.baseData.properties;

test('eight calls of two servers are eight rows, each in the role of its server, the failed one failed', async () => {
  const ingestion = await startIngestion();
  const host = await observedHost(ingestion);
  for (const server of ['alpha', 'beta']) {
    for (const tool of ['echo', 'echo', 'echo']) await host.call(server, tool, { text: 'x' });
    await host.send(server, 'prompts/get', { name: 'greet' });
  }
  await host.call('alpha', 'boom');
  const rows = await ingestion.waitForRequests(9);
  expect(
    rows.map(row).toSorted((a, b) => `${a.role} ${a.name}`.localeCompare(`${b.role} ${b.name}`)),
  ).toEqual([
    { role: 'mcp-host.alpha', name: 'prompts/get greet', success: true },
    { role: 'mcp-host.alpha', name: 'tools/call boom', success: false },
    ...Array(3).fill({ role: 'mcp-host.alpha', name: 'tools/call echo', success: true }),
    { role: 'mcp-host.beta', name: 'prompts/get greet', success: true },
    ...Array(3).fill({ role: 'mcp-host.beta', name: 'tools/call echo', success: true }),
  ]);
  const failed = rows.find(({ data }) => !data.baseData.success) as Envelope;
  expect(properties(failed)).toMatchObject({
    'mcp.server.name': 'alpha',
    'mcp.method.name': 'tools/call',
    'gen_ai.tool.name': 'boom',
    'gen_ai.operation.name': 'execute_tool',
    'jsonrpc.request.id': '1',
    'mcp.error.type': 'tool_error',
  });
  expect(rows.filter((envelope) => properties(envelope)['faas.coldstart'])).toHaveLength(1);
  // Made by the distribution, not by its exporter alone.
  expect(failed.tags['ai.internal.sdkVersion']).toMatch(/:dst1\.18\.1$/);
});

test.each(MOUNTS)(
  '%s: both eras have a row, with client, version and invocation',
  async (server) => {
    const ingestion = await startIngestion();
    const host = await observedHost(ingestion);
    const clientInfo = { name: 'a client', version: '9.9' };
    const invocation = { 'x-azure-functions-invocationid': 'invocation-1' };
    const initialize = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
    await host.send(server, 'initialize', initialize, { headers: invocation });
    const url = `${await host.url()}/${server}/mcp`;
    const meta = { 'io.modelcontextprotocol/clientInfo': clientInfo };
    const answer = await callModern(url, 'echo', { text: 'x' }, { meta });
    expect(answer.text).toBe('x');
    const [legacy, modern] = await ingestion.waitForRequests(2);
    expect(properties(legacy as Envelope)).toMatchObject({
      'mcp.method.name': 'initialize',
      'mcp.protocol.version': '2025-11-25',
      'mcp.client.name': 'a client',
      'mcp.client.version': '9.9',
      'faas.invocation_id': 'invocation-1',
    });
    expect(row(modern as Envelope).name).toBe('tools/call echo');
    expect(properties(modern as Envelope)).toMatchObject({
      'mcp.protocol.version': '2026-07-28',
      'mcp.client.name': 'a client',
    });
  },
);

test('the trace of `_meta` is the parent, that of HTTP a link; alone it is the parent', async () => {
  const ingestion = await startIngestion();
  const host = await observedHost(ingestion);
  const headers = { traceparent: `00-${HTTP_TRACE}-${HTTP_PARENT}-01` };
  const meta = { traceparent: `00-${TRACE}-${PARENT}-01` };
  await host.call('alpha', 'echo', { text: 'x' }, { meta, headers });
  await host.call('alpha', 'echo', { text: 'x' }, { headers });
  const [linked, direct] = await ingestion.waitForRequests(2);
  expect(linked?.tags).toMatchObject({
    'ai.operation.id': TRACE,
    'ai.operation.parentId': PARENT,
  });
  expect(JSON.parse(properties(linked as Envelope)['_MS.links'] ?? '')).toEqual([
    { operation_Id: HTTP_TRACE, id: HTTP_PARENT },
  ]);
  expect(direct?.tags).toMatchObject({
    'ai.operation.id': HTTP_TRACE,
    'ai.operation.parentId': HTTP_PARENT,
  });
  expect(properties(direct as Envelope)).not.toHaveProperty('_MS.links');
});

test("a caller's fault is no failure and has its code; a server's is one; nobody's patience is cancelled", async () => {
  const ingestion = await startIngestion();
  const host = await observedHost(ingestion);
  await host.send('gamma', 'tools/call', { name: 'none' });
  await host.send('gamma', 'no/such/method');
  await host.send('gamma', 'prompts/get', { name: 'fail' });
  await host.call('gamma', 'never');
  const rows = await ingestion.waitForRequests(4);
  const facts = rows.map((envelope) => ({
    ...row(envelope),
    code: properties(envelope)['rpc.response.status_code'],
    error: properties(envelope)['mcp.error.type'],
  }));
  const role = 'mcp-host.gamma';
  expect(facts).toEqual([
    { role, name: 'tools/call _other', success: true, code: '-32602', error: undefined },
    { role, name: '_other', success: true, code: '-32601', error: undefined },
    { role, name: 'prompts/get _other', success: false, code: '-32603', error: '-32603' },
    { role, name: 'tools/call never', success: false, code: '-32603', error: 'timeout' },
  ]);
});

test('a caller that leaves is told as cancelled, not as a failure', async () => {
  const ingestion = await startIngestion();
  const host = await observedHost(ingestion);
  const abort = new AbortController();
  const left = fetch(`${await host.url()}/alpha/mcp`, {
    method: 'POST',
    signal: abort.signal,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'never' },
    }),
  });
  await host.untilInFlight('alpha');
  abort.abort();
  await expect(left).rejects.toThrow();
  const [cancelled] = await ingestion.waitForRequests(1);
  expect(row(cancelled as Envelope)).toMatchObject({ name: 'tools/call never', success: true });
  expect(properties(cancelled as Envelope)['mcp.outcome']).toBe('cancelled');
});

test.each([
  { form: 'either form of answer', accept: 'application/json, text/event-stream' },
  { form: 'JSON only', accept: 'application/json' },
])('a call that its client cancels is no failure, accepting $form', async ({ accept }) => {
  const ingestion = await startIngestion();
  const host = await observedHost(ingestion);
  const url = `${await host.url()}/alpha/mcp`;
  const headers = { ...(await shakeHands(url)), accept };
  const call = host.send('alpha', 'tools/call', { name: 'never' }, { headers });
  await host.untilInFlight('alpha');
  const cancelled = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } };
  expect((await post(url, cancelled, headers)).status).toBe(202);
  expect((await call).result).toBeUndefined();
  const rows = await ingestion.waitForRequests(3);
  const told = rows.find((each) => row(each).name === 'tools/call never') as Envelope;
  expect(row(told)).toMatchObject({ success: true });
  expect(properties(told)['mcp.outcome']).toBe('cancelled');
});

test('notifications have a row; what never became a message is counted and has an audit line', async () => {
  const ingestion = await startIngestion();
  const host = await observedHost(ingestion, { OTEL_METRIC_EXPORT_INTERVAL: '1000' });
  const url = `${await host.url()}/alpha/mcp`;
  await post(url, { jsonrpc: '2.0', method: 'notifications/initialized' });
  await post(url, []);
  await ingestion.waitForRequests(1);
  expect(ingestion.requests().map(row)).toEqual([
    { role: 'mcp-host.alpha', name: 'notifications/initialized', success: true },
  ]);
  const counted = await ingestion.waitFor(
    ({ data }) => data.baseData.metrics?.[0]?.name === 'mcp.host.rejections',
  );
  expect(counted.data.baseData).toMatchObject({
    metrics: [{ value: 1 }],
    properties: { 'mcp.server.name': 'alpha', reason: 'batch', 'http.response.status_code': '400' },
  });
  const audit = await ingestion.waitFor(({ data }) => data.baseData.message === 'refused');
  expect(properties(audit)).toMatchObject({ 'mcp.server.name': 'alpha', reason: 'batch' });
});

test('metrics have the names, the unit and the dimensions of the conventions', async () => {
  const ingestion = await startIngestion();
  const host = await observedHost(ingestion, { OTEL_METRIC_EXPORT_INTERVAL: '1000' });
  for (let call = 0; call < 3; call += 1) await host.call('alpha', 'echo', { text: 'x' });
  const named = (name: string) =>
    ingestion.waitFor(({ data }) => data.baseData.metrics?.[0]?.name === name);
  const { metrics, properties: dimensions } = (await named('mcp.server.operation.duration')).data
    .baseData;
  expect(metrics?.[0]?.max).toBeLessThan(3);
  expect(dimensions).toMatchObject({
    'mcp.server.name': 'alpha',
    'mcp.method.name': 'tools/call',
    'gen_ai.tool.name': 'echo',
    'gen_ai.operation.name': 'execute_tool',
    'network.transport': 'tcp',
  });
  expect(dimensions).not.toHaveProperty('jsonrpc.request.id');
  await named('mcp.host.requests.in_flight');
  const delay = await named('nodejs.eventloop.delay.p99');
  expect(delay.data.baseData.metrics?.[0]?.value).toBeGreaterThan(0);
});

/** A library of the kind that calls upstreams without `fetch`. */
const OLD_LIBRARY = `
const http = require('http');
exports.get = (url) => new Promise((resolve, reject) => {
  http.get(url, (response) => response.resume().on('end', resolve)).on('error', reject);
});
`;
const OLD_SERVER = `
import library from './library.cjs';
import { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
export function createServer() {
  const server = new McpServer({ name: 'old', version: '1.0.0' });
  server.registerTool('get', { inputSchema: z.object({ url: z.string() }) }, async ({ url }) => {
    await library.get(url);
    return { content: [{ type: 'text', text: 'ok' }] };
  });
  return server;
}
`;

test('what an older library calls by node:http is a dependency too, without its query', async () => {
  const ingestion = await startIngestion();
  const files = { 'old.mjs': OLD_SERVER, 'library.cjs': OLD_LIBRARY };
  const yaml = 'servers: { old: { module: ./old.mjs, auth: anonymous } }';
  const host = await observedHost(ingestion, { OTEL_METRIC_EXPORT_INTERVAL: '1000' }, yaml, files);
  const upstream = createServer((_request, response) => response.end());
  await new Promise<void>((resolve) => {
    upstream.listen(0, '127.0.0.1', () => resolve());
  });
  onTestFinished(() => {
    upstream.closeAllConnections();
    upstream.close();
  });
  const { port } = upstream.address() as AddressInfo;
  await host.call('old', 'get', { url: `http://127.0.0.1:${port}/p?key=SECRET` });
  const [call] = await ingestion.waitForRequests(1);
  await ingestion.waitFor(() => ingestion.dependencies().length === 1);
  const [dependency] = ingestion.dependencies() as [Envelope];
  expect(row(dependency)).toEqual({ role: 'mcp-host.old', name: 'GET /p', success: true });
  expect(dependency.tags['ai.operation.parentId']).toBe(call?.data.baseData.id);
  await ingestion.waitFor(({ data }) => data.baseType === 'MetricData');
  expect(JSON.stringify(ingestion.envelopes)).not.toContain('SECRET');
  expect(JSON.stringify(ingestion.envelopes)).not.toContain('http.client');
});

test('upstream calls belong to their tool call and its role, also with 50 callers at once on one server', async () => {
  const ingestion = await startIngestion();
  const host = await observedHost(ingestion);
  const upstream = createServer((request, response) => response.end(request.headers.traceparent));
  await new Promise<void>((resolve) => {
    upstream.listen(0, '127.0.0.1', () => resolve());
  });
  onTestFinished(() => {
    upstream.closeAllConnections();
    upstream.close();
  });
  const { port } = upstream.address() as AddressInfo;
  const traces = Array.from({ length: 50 }, (_, caller) => caller.toString(16).padStart(32, 'a'));
  await Promise.all(
    traces.map((trace, caller) => {
      const meta = { traceparent: `00-${trace}-${PARENT}-01` };
      const args = { url: `http://127.0.0.1:${port}/of/${caller}?key=SECRET`, calls: 2 };
      return host.call('alpha', 'upstream', args, { meta, id: 7 });
    }),
  );
  await ingestion.waitForRequests(50);
  await ingestion.waitFor(() => ingestion.dependencies().length === 100);
  for (const [caller, trace] of traces.entries()) {
    const ofTrace = ({ tags }: Envelope) => tags['ai.operation.id'] === trace;
    const [request] = ingestion.requests().filter(ofTrace);
    const dependencies = ingestion.dependencies().filter(ofTrace);
    expect(dependencies.map(row)).toEqual(
      Array(2).fill({ role: 'mcp-host.alpha', name: `GET /of/${caller}`, success: true }),
    );
    for (const { tags, data } of dependencies) {
      expect(tags['ai.operation.parentId']).toBe(request?.data.baseData.id);
      expect(data.baseData.data).toBe(`http://127.0.0.1:${port}/of/${caller}`);
    }
  }
});
