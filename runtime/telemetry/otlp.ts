// OTLP over HTTP: its exporters read their own variables (`OTEL_EXPORTER_OTLP_*`).

import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { LogRecordProcessor } from '@opentelemetry/sdk-logs';
import { type MetricReader, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { BATCH, boundedBatches, boundedLogBatches } from './bounded-export.ts';
import type { Signal } from './deliveries.ts';

export interface Otlp {
  readonly spans: SpanProcessor;
  readonly logs: LogRecordProcessor;
  readonly metrics: MetricReader;
}

/** @param onDropped called with the number of items that did not arrive. */
export function openOtlp(
  metricIntervalMs: number,
  onDropped: (signal: Signal, count: number) => void,
): Otlp {
  return {
    spans: boundedBatches(new OTLPTraceExporter(), (count) => onDropped('spans', count)),
    logs: boundedLogBatches(new OTLPLogExporter(), (count) => onDropped('logs', count)),
    metrics: new PeriodicExportingMetricReader({
      exporter: new OTLPMetricExporter(),
      exportIntervalMillis: metricIntervalMs,
      exportTimeoutMillis: Math.min(BATCH.exportTimeoutMillis, metricIntervalMs),
    }),
  };
}
