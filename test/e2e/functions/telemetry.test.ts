// Telemetry behind the Functions host: what it tells the handler of an invocation arrives in
// Application Insights, and so does the audit of what the handler refuses.

import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { realFunctionsHostUrl } from '../../../standins/functions-host/under-test.ts';
import { post } from '../../runtime/post.ts';
import { modernHeaders, modernMessage } from '../../runtime/protocol/eras/modern.ts';
import { type Ingestion, startIngestion } from '../telemetry/ingestion.ts';
import { startApp } from './app.ts';
import { toolCall } from './calls.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE}-${PARENT}-01`;
const KEY = { 'x-functions-key': 'the-key' };

async function startObserved() {
  const ingestion = await startIngestion();
  const servers = join(import.meta.dirname, 'fixtures/observed.yaml');
  const host = await startApp({
    environment: { ...ingestion.env, MCP_SERVERS_FILE: servers },
    enableAuth: { master: 'm', host: [], functions: { 'http-handler1': ['the-key'] } },
  });
  return { ingestion, host };
}

/** The audit records, once the row of the message has arrived, too. */
async function auditOf(ingestion: Ingestion) {
  await ingestion.waitForRequests(1);
  await ingestion.waitFor(({ data }) => data.baseData.message === 'refused');
  return ingestion.envelopes.filter(({ data }) => data.baseData.message === 'refused');
}

const refusals = [
  {
    reason: 'unavailable',
    server: 'broken',
    message: toolCall('echo', { text: 'x' }),
    headers: { traceparent: TRACEPARENT },
  },
  {
    reason: 'header-mismatch',
    server: 'observed',
    message: modernMessage('tools/list', {}),
    headers: {
      ...modernHeaders(modernMessage('tools/list', {})),
      'mcp-method': 'prompts/list',
      traceparent: TRACEPARENT,
    },
  },
];

describe.skipIf(realFunctionsHostUrl)('behind the Functions host', () => {
  test('the row of a call has its invocation, and the span of the host is the parent, in the trace of its caller', async () => {
    const { ingestion, host } = await startObserved();
    const headers = { ...KEY, traceparent: TRACEPARENT };
    const answer = await post(`${host.url}/observed/mcp`, toolCall('echo', { text: 'x' }), headers);
    expect(answer).toMatchObject({ status: 200, text: 'x' });
    const line = JSON.parse((await host.outputLine(/"msg":"request"/)).text);
    const [row] = await ingestion.waitForRequests(1);
    expect(row?.tags).toMatchObject({
      'ai.operation.id': TRACE,
      'ai.operation.parentId': expect.stringMatching(/^[\da-f]{16}$/),
    });
    expect(row?.tags['ai.operation.parentId']).not.toBe(PARENT);
    expect(row?.data.baseData.properties['faas.invocation_id']).toBe(line.invocationId);
    expect(line.invocationId).toMatch(/^[\da-f-]{36}$/);
  });

  test('without one of its caller, the trace of the invocation is the parent', async () => {
    const { ingestion, host } = await startObserved();
    await post(`${host.url}/observed/mcp`, toolCall('echo', { text: 'x' }), KEY);
    const [row] = await ingestion.waitForRequests(1);
    expect(row?.tags['ai.operation.parentId']).toMatch(/^[\da-f]{16}$/);
  });

  test.each(refusals)(
    'a message that is refused as $reason has one audit line, in its trace',
    async ({ reason, server, message, headers }) => {
      const { ingestion, host } = await startObserved();
      const answer = await post(`${host.url}/${server}/mcp`, message, { ...KEY, ...headers });
      expect(answer.error).toMatchObject({ data: { reason } });
      const { text } = await host.outputLine(/"msg":"request"/);
      const line = JSON.parse(text);
      expect(line).toMatchObject({ server, outcome: reason, caller: expect.any(String) });
      const audit = await auditOf(ingestion);
      expect(audit).toHaveLength(1);
      expect(audit[0]?.tags['ai.operation.id']).toBe(TRACE);
      expect(audit[0]?.data.baseData.properties).toMatchObject({
        'mcp.server.name': server,
        reason,
        'faas.invocation_id': line.invocationId,
        'mcp.caller': line.caller,
      });
      expect(JSON.stringify(ingestion.envelopes)).not.toContain('the-key');
    },
  );
});
