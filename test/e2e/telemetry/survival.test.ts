// The Functions host ends this process with SIGKILL: what had ended 2 s before is there all the
// same. More runs: TELEMETRY_KILL_RUNS=20 npx vitest run test/e2e/telemetry/survival.test.ts

import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startIngestion } from './ingestion.ts';
import { observedHost } from './observed-host.ts';

const RUNS = Number(process.env.TELEMETRY_KILL_RUNS ?? 2);
const CALLS = 40;
const MARGIN_MS = 2_000;

test.each(Array.from({ length: RUNS }, (_, run) => run + 1))(
  'run %i: all calls that ended 2 s before a SIGKILL have arrived',
  async () => {
    const ingestion = await startIngestion();
    const host = await observedHost(ingestion);
    for (let call = 0; call < CALLS; call += 1) {
      await host.call(call % 2 ? 'alpha' : 'delta', 'echo', { text: 'x' }, { id: `call ${call}` });
    }
    // The time itself is what is tested.
    await delay(MARGIN_MS);
    host.signal('SIGKILL');
    await host.exited;
    const ids = ingestion
      .requests()
      .map(({ data }) => data.baseData.properties['jsonrpc.request.id']);
    const expected = Array.from({ length: CALLS }, (_, call) => `call ${call}`);
    expect(ids.toSorted()).toEqual(expected.toSorted());
  },
);

test('a stop sends what waits: calls that ended a moment before SIGTERM have arrived', async () => {
  const ingestion = await startIngestion();
  const host = await observedHost(ingestion);
  await host.call('alpha', 'echo', { text: 'x' });
  host.signal('SIGTERM');
  expect(await host.exited).toEqual({ code: 0, signal: null });
  expect(ingestion.requests()).toHaveLength(1);
  const names = ingestion.envelopes.map(({ data }) => data.baseData.metrics?.[0]?.name);
  expect(names).toContain('mcp.server.operation.duration');
});
