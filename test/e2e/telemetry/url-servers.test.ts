// What a server at a URL learns of the trace: the span of its request at this host.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type Envelope, startIngestion } from './ingestion.ts';
import { observedHost } from './observed-host.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

test('a server at a URL gets the trace of its request, and none of the caller beside it', async () => {
  const ingestion = await startIngestion();
  const seen: { method?: string; meta?: object; traceparent?: string; baggage?: string }[] = [];
  const upstream = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const { id, method, params } = JSON.parse(text);
    seen.push({ method, meta: params?._meta, ...request.headers } as (typeof seen)[number]);
    const serverInfo = { name: 'far', version: '1' };
    const result =
      method === 'initialize'
        ? { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo }
        : { content: [], tools: [] };
    const isKnown = method !== 'server/discover' && id !== undefined;
    response.writeHead(isKnown ? 200 : 202, { 'content-type': 'application/json' });
    response.end(isKnown ? JSON.stringify({ jsonrpc: '2.0', id, result }) : '');
  });
  await new Promise<void>((resolve) => {
    upstream.listen(0, '127.0.0.1', () => resolve());
  });
  onTestFinished(() => {
    upstream.closeAllConnections();
    upstream.close();
  });
  const { port } = upstream.address() as AddressInfo;
  const yaml = `
defaults: { auth: anonymous }
servers:
  far: { url: "http://127.0.0.1:${port}/mcp?key=SECRET", start: eager }
`;
  const host = await observedHost(ingestion, {}, yaml);
  const meta = { traceparent: `00-${TRACE}-${PARENT}-01`, baggage: 'of=caller' };
  const headers = { baggage: 'of=caller', traceparent: `00-${'1'.repeat(32)}-${PARENT}-01` };
  await host.call('far', 'x', {}, { meta, headers });
  const isOfTrace = ({ tags }: Envelope) => tags['ai.operation.id'] === TRACE;
  await ingestion.waitFor(
    (envelope) => isOfTrace(envelope) && envelope.data.baseType === 'RemoteDependencyData',
  );
  const [dependency] = ingestion.dependencies().filter(isOfTrace);
  const [request] = ingestion.requests().filter(isOfTrace);
  const call = seen.find(({ method }) => method === 'tools/call');
  expect(call?.traceparent).toBe(`00-${TRACE}-${dependency?.data.baseData.id}-01`);
  expect(call?.baggage).toBeUndefined();
  expect(call?.meta).toEqual({ traceparent: `00-${TRACE}-${request?.data.baseData.id}-01` });
  expect(dependency?.tags['ai.operation.parentId']).toBe(request?.data.baseData.id);
  expect(dependency?.tags['ai.cloud.role']).toBe('mcp-host.far');
  expect(JSON.stringify(ingestion.envelopes)).not.toContain('SECRET');
});
