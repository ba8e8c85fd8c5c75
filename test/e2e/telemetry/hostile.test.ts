// What clients choose cannot flood the destination, nor fail a call: trace contexts, baggage,
// names.

import { expect, test } from 'vitest';
import { post, postMany } from '../../runtime/post.ts';
import { startIngestion } from './ingestion.ts';
import { observedHost } from './observed-host.ts';

const TRACEPARENTS = [
  '',
  'x',
  '00-00000000000000000000000000000000-00f067aa0ba902b7-01',
  '00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01',
  'ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  '00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01',
  `00-${'a'.repeat(10_000)}`,
  7,
  null,
  { traceparent: 'x' },
  ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'],
];

test('a malformed traceparent, long state and long baggage are passed over', async () => {
  const ingestion = await startIngestion();
  const host = await observedHost(ingestion);
  const long = 'a=b,'.repeat(2_500);
  for (const traceparent of TRACEPARENTS) {
    const meta = { traceparent, tracestate: long, baggage: long };
    const answer = await host.call(
      'alpha',
      'echo',
      { text: 'x' },
      { meta, headers: { baggage: long } },
    );
    expect(answer.text).toBe('x');
  }
  const rows = await ingestion.waitForRequests(TRACEPARENTS.length);
  for (const { tags } of rows) expect(tags).not.toHaveProperty('ai.operation.parentId');
  expect(new Set(rows.map(({ tags }) => tags['ai.operation.id'])).size).toBe(TRACEPARENTS.length);
});

test('10,000 unknown tools and 2,000 unknown methods are two names', async () => {
  const ingestion = await startIngestion();
  const host = await observedHost(ingestion);
  await postMany(10_000, 20, async (number) => {
    await host.call('alpha', `unknown ${number}`);
  });
  await postMany(2_000, 20, async (number) => {
    await host.send('gamma', `unknown/${number}`);
  });
  host.signal('SIGTERM');
  await host.exited;
  const names = new Set(ingestion.requests().map(({ data }) => data.baseData.name));
  expect(names).toEqual(new Set(['tools/call _other', '_other']));
  const series = ingestion.envelopes.filter(
    ({ data }) => data.baseData.metrics?.[0]?.name === 'mcp.server.operation.duration',
  );
  expect(series.length).toBeLessThan(20);
  expect(JSON.stringify(ingestion.envelopes)).not.toContain('unknown');
});

test('names, ids and clients of a megabyte are cut', async () => {
  const ingestion = await startIngestion();
  const host = await observedHost(ingestion);
  const huge = 'x'.repeat(1_000_000);
  await host.call('alpha', huge, {}, { id: huge });
  const clientInfo = { name: huge, version: huge };
  await host.send('alpha', 'initialize', { protocolVersion: huge, capabilities: {}, clientInfo });
  await host.send('alpha', 'prompts/get', { name: huge });
  await post(`${await host.url()}/alpha/mcp`, { jsonrpc: '2.0', method: huge });
  const rows = await ingestion.waitForRequests(4);
  for (const row of rows) expect(JSON.stringify(row).length).toBeLessThan(2_000);
});
