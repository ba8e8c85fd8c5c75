// Between spans or log records and an exporter: how many may wait, how many exports may be under
// way, and a count of what was lost. A destination that hangs costs a bounded amount of memory and
// no one's time.

import { TraceFlags } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import {
  BatchLogRecordProcessor,
  type LogRecordExporter,
  type LogRecordProcessor,
} from '@opentelemetry/sdk-logs';
import {
  BatchSpanProcessor,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';

/**
 * The Functions host ends this process with SIGKILL: what waits is lost, so it waits for a second
 * at most.
 */
export const BATCH = {
  scheduledDelayMillis: 1_000,
  exportTimeoutMillis: 10_000,
  maxQueueSize: 2_048,
  maxExportBatchSize: 512,
};

/** A destination that takes longer gets no more until an earlier export has ended. */
const MAX_UNDER_WAY = 4;

type OnDropped = (count: number) => void;

/** The part that exporters of spans and of log records share. */
interface Exporter<Item> {
  export(items: Item[], callback: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
  forceFlush?(): Promise<void>;
}

/** @param onDropped called with the number of items that did not arrive. */
function boundedExporter<Item>(
  exporter: Exporter<Item>,
  onDropped: OnDropped,
): Required<Exporter<Item>> {
  let underWay = 0;
  return {
    export(items, callback) {
      if (underWay >= MAX_UNDER_WAY) {
        onDropped(items.length);
        callback({
          code: ExportResultCode.FAILED,
          error: new Error('The telemetry destination is too slow.'),
        });
        return;
      }
      underWay++;
      exporter.export(items, (result) => {
        underWay--;
        if (result.code !== ExportResultCode.SUCCESS) onDropped(items.length);
        callback(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}

/** The SDK's batches; what its queue would drop in silence is counted. */
export function boundedBatches(spans: SpanExporter, onDropped: OnDropped): SpanProcessor {
  const queue = countedQueue(spans, onDropped);
  const batches = new BatchSpanProcessor(queue.exporter, BATCH);
  return {
    onStart: () => {},
    onEnd(span) {
      const isSampled = (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
      if (isSampled && queue.hasRoom()) batches.onEnd(span);
    },
    forceFlush: () => batches.forceFlush(),
    shutdown: () => batches.shutdown(),
  };
}

/** The same for log records. */
export function boundedLogBatches(
  logs: LogRecordExporter,
  onDropped: OnDropped,
): LogRecordProcessor {
  const queue = countedQueue(logs, onDropped);
  const batches = new BatchLogRecordProcessor(queue.exporter, BATCH);
  return {
    onEmit(record) {
      if (queue.hasRoom()) batches.onEmit(record);
    },
    forceFlush: () => batches.forceFlush(),
    shutdown: () => batches.shutdown(),
  };
}

/** Counts what waits in the queue before an exporter. */
function countedQueue<Item>(exporter: Exporter<Item>, onDropped: OnDropped) {
  let waiting = 0;
  const bounded = boundedExporter(exporter, onDropped);
  const counted: Required<Exporter<Item>> = {
    ...bounded,
    export(items, callback) {
      waiting -= items.length;
      bounded.export(items, callback);
    },
  };
  return {
    exporter: counted,
    /** @returns whether one more may wait, which then counts. */
    hasRoom(): boolean {
      const isRoom = waiting < BATCH.maxQueueSize;
      if (isRoom) waiting++;
      else onDropped(1);
      return isRoom;
    },
  };
}
