// What the export of records is bounded by: so many in a second, so many that wait for a
// destination. What is too much is counted, and the caller of the export is told.

import { LoggerProvider } from '@opentelemetry/sdk-logs';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { CallRecord } from '../../../runtime/exchange/observer.ts';
import { BATCH, boundedLogBatches } from '../../../runtime/telemetry/bounded-export.ts';
import { createLogExport } from '../../../runtime/telemetry/log-export.ts';

const RECORD: CallRecord = {
  ...{ server: 'notes', target: 'echo', outcome: 'ok', durationMs: 1, caller: undefined },
  ...{ client: undefined, clientFrom: undefined, invocationId: undefined },
};
const PER_SECOND = 1_500;

/** A log export before a destination that never answers. */
function hangingExport() {
  const dropped = { here: 0, onTheWay: 0 };
  const hanging = { export: () => {}, shutdown: async () => {}, forceFlush: async () => {} };
  const batches = boundedLogBatches(hanging, (count) => {
    dropped.onTheWay += count;
  });
  const provider = new LoggerProvider({ processors: [batches] });
  const logs = createLogExport(provider.getLogger('test'), (count) => {
    dropped.here += count;
  });
  let now = 1_000;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
  onTestFinished(() => clock.mockRestore());
  const callMany = (count: number): number =>
    Array.from({ length: count }, () => logs.called(RECORD)).filter(Boolean).length;
  return {
    logs,
    dropped,
    callMany,
    nextSecond: () => {
      now += 1_000;
    },
  };
}

test('in a second 1,500 records of calls are taken; the rest is counted, and its sender told', () => {
  const { dropped, callMany, nextSecond } = hangingExport();
  expect(callMany(PER_SECOND + 10)).toBe(PER_SECOND);
  expect(dropped.here).toBe(10);
  nextSecond();
  expect(callMany(1)).toBe(1);
});

test('records of calls and refusals take no room from each other', () => {
  const { logs, dropped, callMany } = hangingExport();
  for (let each = 0; each < 200; each += 1) logs.refused({ reason: 'batch', status: 400 });
  expect(dropped.here).toBe(100);
  expect(callMany(PER_SECOND)).toBe(PER_SECOND);
});

test('a destination that never answers holds a bounded number of records; the others are counted', () => {
  const { dropped, callMany, nextSecond } = hangingExport();
  const seconds = 4;
  for (let second = 0; second < seconds; second += 1) {
    expect(callMany(PER_SECOND)).toBe(PER_SECOND);
    nextSecond();
  }
  const held = seconds * PER_SECOND - dropped.onTheWay;
  expect(held).toBeGreaterThanOrEqual(BATCH.maxQueueSize);
  expect(held).toBeLessThanOrEqual(BATCH.maxQueueSize + BATCH.maxExportBatchSize);
});
