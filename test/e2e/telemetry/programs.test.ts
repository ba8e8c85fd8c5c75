// What an operator sees of programs, threads and combinations: a role each, one trace through the
// program, and how often they ended.

import { expect, test } from 'vitest';
import { callModern } from '../../runtime/protocol/eras/modern.ts';
import { type Envelope, startIngestion } from './ingestion.ts';
import { observedHost } from './observed-host.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const OF_CALLER = {
  traceparent: `00-${TRACE}-${PARENT}-01`,
  tracestate: 'callers=state',
  baggage: 'callers=SECRET',
  other: 'kept',
};

/** Speaks one era, and answers a call with the `_meta` that it got. */
const PROGRAM = `
import { closeSync } from 'node:fs';
import { createInterface } from 'node:readline';
const [era] = process.argv.slice(2);
const declared = { capabilities: { tools: {} } };
const serverInfo = { name: 'told', version: '1' };
const ANSWERS = {
  'server/discover': () => era === 'modern' && {
    resultType: 'complete', supportedVersions: ['2026-07-28'], ...declared, ttlMs: 0,
    cacheScope: 'private', _meta: { 'io.modelcontextprotocol/serverInfo': serverInfo },
  },
  initialize: ({ protocolVersion }) => era === 'legacy' && { protocolVersion, serverInfo, ...declared },
  'tools/list': () => ({ tools: ['meta', 'exit'].map((name) => ({ name, inputSchema: { type: 'object' } })) }),
  'tools/call': ({ _meta = {} }) => (
    { resultType: 'complete', content: [{ type: 'text', text: JSON.stringify(_meta) }] }),
};
// As on a busy machine: its output ends some time before it does.
const exit = () => {
  closeSync(1);
  setTimeout(() => process.exit(7), 120);
};
createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params = {} } = JSON.parse(line);
  if (id === undefined) return;
  if (params.name === 'exit') return exit();
  const result = ANSWERS[method]?.(params);
  const outcome = result ? { result } : { error: { code: -32601, message: 'Method not found' } };
  process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, ...outcome }) + '\\n');
});
`;

const program = (era: string): string =>
  `{ command: node, args: [./program.mjs, ${era}], instance: shared, start: eager }`;

const YAML = `
defaults: { auth: anonymous }
servers:
  legacy: ${program('legacy')}
  modern: ${program('modern')}
  thread: { module: ./thread-v1.mjs, isolation: thread, instance: shared }
  desk: { combine: { legacy: {}, modern: {} } }
`;

const CALLS = [
  { server: 'legacy', tool: 'meta' },
  { server: 'modern', tool: 'meta' },
  { server: 'desk', tool: 'legacy_meta' },
  { server: 'desk', tool: 'modern_meta' },
] as const;

const isOfTrace = ({ tags }: Envelope): boolean => tags['ai.operation.id'] === TRACE;

test.each(CALLS)('$server: $tool joins the trace of its request, in both eras', async (call) => {
  const { server, tool } = call;
  const ingestion = await startIngestion();
  const host = await observedHost(ingestion, {}, YAML, { 'program.mjs': PROGRAM });
  const legacy = await host.call(server, tool, {}, { meta: OF_CALLER });
  const url = `${await host.url()}/${server}/mcp`;
  const modern = await callModern(url, tool, {}, { meta: OF_CALLER });
  const metas = [legacy, modern].map(({ text }) => JSON.parse(text ?? ''));
  await ingestion.waitFor(() => ingestion.requests().filter(isOfTrace).length >= 2);
  const requests = ingestion.requests().filter(isOfTrace);
  expect(requests.map(({ tags }) => tags['ai.cloud.role'])).toEqual(
    metas.map(() => `mcp-host.${server}`),
  );
  expect(metas.map(({ traceparent }) => traceparent).sort()).toEqual(
    requests.map(({ data }) => `00-${TRACE}-${data.baseData.id}-01`).sort(),
  );
  for (const meta of metas) {
    expect(meta).toMatchObject({ tracestate: 'callers=state', other: 'kept' });
    expect(meta).not.toHaveProperty('baggage');
  }
  // The row of the request tells all that a further one for the program would.
  expect(ingestion.dependencies()).toEqual([]);
});

test('the state of a trace that is not that of the request does not reach the program', async () => {
  const ingestion = await startIngestion();
  const host = await observedHost(ingestion, {}, YAML, { 'program.mjs': PROGRAM });
  const meta = { traceparent: 'not one', tracestate: 'callers=state' };
  const told = JSON.parse((await host.call('legacy', 'meta', {}, { meta })).text ?? '');
  expect(told).toEqual({ traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/) });
});

test('without telemetry the program gets what the caller sent, but no baggage', async () => {
  const host = await observedHost(undefined, {}, YAML, { 'program.mjs': PROGRAM });
  const { baggage: _, ...rest } = OF_CALLER;
  const { text } = await host.call('legacy', 'meta', {}, { meta: OF_CALLER });
  expect(JSON.parse(text ?? '')).toEqual(rest);
});

test('ends of programs and threads are counted by reason, and told with their fields', async () => {
  const ingestion = await startIngestion();
  const env = { OTEL_METRIC_EXPORT_INTERVAL: '1000' };
  const host = await observedHost(ingestion, env, YAML, { 'program.mjs': PROGRAM });
  await host.call('modern', 'exit');
  await host.call('thread', 'exit');
  const metric = (server: string) =>
    ingestion.waitFor(({ data }) => {
      const { metrics, properties } = data.baseData;
      return (
        metrics?.[0]?.name === 'mcp.host.servers.restarts' &&
        properties['mcp.server.name'] === server
      );
    });
  for (const server of ['modern', 'thread']) {
    const { data } = await metric(server);
    expect(data.baseData).toMatchObject({
      metrics: [{ value: 1 }],
      properties: { reason: 'exited' },
    });
  }
  const line = { level: 'warn', reason: 'exited' };
  const ended = { ...line, server: 'modern', exitCode: 7, msg: 'program ended' };
  expect(await host.waitForLog({ msg: 'program ended' })).toMatchObject(ended);
  const thread = { ...line, server: 'thread', msg: 'thread ended' };
  expect(await host.waitForLog({ msg: 'thread ended' })).toMatchObject(thread);
  await ingestion.waitFor(({ data }) => data.baseData.message === 'program ended');
});
