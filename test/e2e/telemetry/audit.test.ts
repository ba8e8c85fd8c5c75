// Who called what, as it arrives: a custom event in Application Insights and a named log record in
// OTLP for each tool call, whatever the sampling and LOG_LEVEL say, from servers of every kind.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { eventually } from '../../eventually.ts';
import { call } from '../../runtime/mount/http/mounts.ts';
import { post } from '../../runtime/post.ts';
import { type ClientKind, connectClient } from '../../runtime/protocol/eras/clients.ts';
import { callModern } from '../../runtime/protocol/eras/modern.ts';
import { freePort } from '../free-port.ts';
import { spawnHost } from '../spawn-host.ts';
import { type Envelope, type Ingestion, startIngestion } from './ingestion.ts';
import { observedHost } from './observed-host.ts';
import { startOtlpReceiver } from './otlp-receiver.ts';

const SECRET = 'never-in-a-record';
const EVENT = 'mcp.tool_call';
const STATE_KEY = 'a state key of the tests, long enough';
const PRINCIPAL = 'ada-in-entra';
const HASH = /^[\w-]{16}$/;
const isEvent = ({ data }: Envelope): boolean => data.baseType === 'EventData';

async function eventsOf(ingestion: Ingestion, count: number): Promise<Envelope[]> {
  const found = () => ingestion.envelopes.filter(isEvent);
  await ingestion.waitFor(() => found().length >= count);
  return found();
}

test('each tool call is a custom event, also of a call whose trace is not exported', async () => {
  const ingestion = await startIngestion();
  const host = await observedHost(ingestion, {
    OTEL_TRACES_SAMPLER: 'always_off',
    MCP_HOST_STATE_KEY: STATE_KEY,
    WEBSITE_AUTH_ENABLED: 'true',
  });
  const headers = {
    'x-ms-client-principal-id': PRINCIPAL,
    'x-azure-functions-invocationid': 'invocation-1',
  };
  await host.call('alpha', 'echo', { text: SECRET }, { headers });
  await host.call('alpha', 'boom', {}, { headers });
  await host.send('alpha', 'tools/list', {}, { headers });
  const meta = { 'io.modelcontextprotocol/clientInfo': { name: 'an\neditor', version: '1' } };
  await callModern(`${await host.url()}/delta/mcp`, 'echo', { text: SECRET }, { meta });
  const [ok, failed, modern] = await eventsOf(ingestion, 3);
  expect(ok).toMatchObject({ name: 'Microsoft.ApplicationInsights.Event', sampleRate: 100 });
  expect(ok?.data.baseData).toMatchObject({ name: EVENT });
  expect(ok?.data.baseData.properties).toEqual({
    'mcp.server.name': 'alpha',
    'gen_ai.tool.name': 'echo',
    'mcp.outcome': 'ok',
    'mcp.call.duration_ms': expect.stringMatching(/^[\d.]+$/),
    'mcp.caller': expect.stringMatching(HASH),
    'faas.invocation_id': 'invocation-1',
  });
  expect(failed?.data.baseData.properties).toMatchObject({
    'gen_ai.tool.name': 'boom',
    'mcp.outcome': 'tool-error',
    'mcp.caller': ok?.data.baseData.properties['mcp.caller'],
  });
  expect(modern?.data.baseData.properties).toMatchObject({
    'mcp.server.name': 'delta',
    'mcp.client.app': 'an\ufffdeditor',
    'mcp.client.from': 'clientInfo',
  });
  host.signal('SIGTERM');
  await host.exited;
  expect(ingestion.envelopes.filter(isEvent)).toHaveLength(3);
  expect(ingestion.requests()).toEqual([]);
  expect(JSON.stringify(ingestion.envelopes)).not.toContain(SECRET);
});

test('with LOG_LEVEL=warn, as in Azure, the event is the record, and there is no line', async () => {
  const ingestion = await startIngestion();
  const port = await freePort();
  const yaml = 'servers: { alpha: { module: ./observed.mjs, auth: anonymous } }';
  const env = { ...ingestion.env, PORT: String(port), LOG_LEVEL: 'warn' };
  const host = await spawnHost({ yaml, env });
  const origin = `http://127.0.0.1:${port}`;
  await eventually(async () => expect((await fetch(`${origin}/readyz`)).status).toBe(200));
  await post(`${origin}/alpha/mcp`, call('echo', { text: SECRET }));
  await eventsOf(ingestion, 1);
  host.signal('SIGTERM');
  await host.exited;
  expect(host.logs.filter(({ audit }) => audit !== undefined)).toEqual([]);
});

test('an event belongs to the trace of its call, and the log has its line', async () => {
  const ingestion = await startIngestion();
  const host = await observedHost(ingestion);
  await host.call('beta', 'echo', { text: SECRET });
  const [event] = await eventsOf(ingestion, 1);
  const [request] = await ingestion.waitForRequests(1);
  expect(event?.tags['ai.operation.id']).toBe(request?.tags['ai.operation.id']);
  expect(event?.tags['ai.operation.parentId']).toBe(request?.data.baseData.id);
  await host.waitForLog({ audit: 'tool-call', server: 'beta', outcome: 'ok' });
});

test('with host.audit: none there is no event', async () => {
  const ingestion = await startIngestion();
  const yaml = `
host: { audit: none }
servers: { alpha: { module: ./observed.mjs, auth: anonymous } }`;
  const host = await observedHost(ingestion, {}, yaml);
  await host.call('alpha', 'echo', { text: SECRET });
  host.signal('SIGTERM');
  await host.exited;
  expect(ingestion.requests()).toHaveLength(1);
  expect(ingestion.envelopes.filter(isEvent)).toEqual([]);
});

test('OTLP alone gets a log record with the name of the event', async () => {
  const otlp = await startOtlpReceiver();
  const host = await observedHost(undefined, {
    OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url,
    OTEL_TRACES_SAMPLER: 'always_off',
  });
  await host.call('alpha', 'echo', { text: SECRET });
  await otlp.waitFor('/v1/logs', EVENT);
  const bodies = otlp.received.map(({ body }) => body).join();
  expect(bodies).toContain('gen_ai.tool.name');
  expect(bodies).not.toContain(SECRET);
});

const PROGRAM = readFileSync('test/fixtures/programs/mcp.mjs', 'utf8');
const FAR = 'servers: { far: { module: ./kernel-v2.mjs, auth: anonymous } }';
const yamlOf = (far: string): string => `
defaults: { auth: anonymous }
servers:
  module: { module: ./kernel-v1.mjs, instance: shared }
  thread: { module: ./kernel-v2.mjs, isolation: thread }
  program: { command: node, args: [./program.mjs], instance: shared }
  far: { url: "${far}/far/mcp" }
  desk: { combine: { module: {}, program: {} } }
`;

const CALLS = [
  { server: 'module', tool: 'echo' },
  { server: 'thread', tool: 'echo' },
  { server: 'program', tool: 'echo' },
  { server: 'far', tool: 'echo' },
  { server: 'desk', tool: 'module_echo' },
  { server: 'desk', tool: 'program_echo' },
] as const;

test('official clients of both eras: one record for each call of a server of any kind, one hash in both processes', async () => {
  const env = { MCP_HOST_STATE_KEY: STATE_KEY, WEBSITE_AUTH_ENABLED: 'true' };
  const far = await spawnHost({ yaml: FAR, env });
  const yaml = yamlOf(await far.url());
  const near = await spawnHost({ yaml, env, files: { 'program.mjs': PROGRAM } });
  const headers = { 'x-ms-client-principal-id': PRINCIPAL };
  const eras: readonly (readonly [ClientKind, string])[] = [
    ['v1', 'legacy'],
    ['v2 pinned', 'modern'],
  ];
  const expected: object[] = [];
  for (const [kind, era] of eras) {
    for (const { server, tool } of CALLS) {
      const url = `${await near.url()}/${server}/mcp`;
      const client = await connectClient(kind, url, { headers });
      const called = await client.callTool(tool, { text: SECRET, value: SECRET });
      expect(called).toMatchObject({ isError: false });
      expected.push({ server, target: tool, era, outcome: 'ok' });
    }
  }
  const direct = await connectClient('v2 pinned', `${await far.url()}/far/mcp`, { headers });
  await direct.callTool('echo', { text: SECRET });
  const ofPrincipal = (line: object): boolean => 'audit' in line && 'caller' in line;
  const elsewhere = await far.waitForLog(ofPrincipal);
  near.signal('SIGTERM');
  await near.exited;
  const records = near.logs.filter(({ audit }) => audit === 'tool-call');
  expect(records).toMatchObject(expected);
  expect(new Set(records.map(({ client }) => client))).toEqual(new Set(['test-client']));
  const callers = new Set(records.map(({ caller }) => caller));
  expect(callers).toEqual(new Set([elsewhere.caller]));
  expect(elsewhere.caller).toMatch(HASH);
  expect(JSON.stringify(near.logs)).not.toContain(SECRET);
});
