// The providers of the three signals where no distribution makes them: OTLP alone.

import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import { LoggerProvider, type LogRecordProcessor } from '@opentelemetry/sdk-logs';
import { MeterProvider, type MetricReader } from '@opentelemetry/sdk-metrics';
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';

export interface Providers {
  readonly traces: BasicTracerProvider;
  readonly metrics: MeterProvider;
  readonly logs: LoggerProvider;
}

/** What providers are made of. */
export interface ProviderParts {
  readonly resource: Resource;
  /** What every span passes. */
  readonly pipeline: SpanProcessor;
  readonly metricReaders: readonly MetricReader[];
  readonly logProcessors: readonly LogRecordProcessor[];
}

/** Bounds of what a server's own spans may carry. */
const SPAN_LIMITS = {
  attributeValueLengthLimit: 4_096,
  attributeCountLimit: 64,
  eventCountLimit: 16,
  linkCountLimit: 8,
};

/**
 * Registers what servers and `fetch` look up globally: who is the parent, and how to tell an
 * upstream.
 * @param ratio share of the traces; the decision comes from the trace id alone, so that all parts
 * of a trace agree on it and no client can hide its calls.
 */
export function openProviders(ratio: number, parts: ProviderParts): Providers {
  const { resource, pipeline, metricReaders, logProcessors } = parts;
  const traces = new BasicTracerProvider({
    resource,
    sampler: ratio === 1 ? new AlwaysOnSampler() : new TraceIdRatioBasedSampler(ratio),
    spanLimits: SPAN_LIMITS,
    spanProcessors: [pipeline],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(traces);
  return {
    traces,
    metrics: new MeterProvider({ resource, readers: [...metricReaders] }),
    logs: new LoggerProvider({ resource, processors: [...logProcessors] }),
  };
}
