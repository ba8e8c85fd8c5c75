// OpenTelemetry for this process: providers, destinations, the observer of exchanges. Imported only when there is a
// destination; nothing here may throw into a request.

import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import {
  defaultResource,
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import type { Logger } from 'pino';
import type { TelemetrySettings } from '../../config/env.ts';
import type { Observer } from '../exchange/observer.ts';
import type { MountedServer } from '../mount/mounted-server.ts';
import { BATCH, boundedBatches, boundedExporter } from './bounded-export.ts';
import { type Destination, openDestinations } from './destinations.ts';
import { reportFaults } from './faults.ts';
import { createHostMetrics, type HostMetrics } from './host-metrics.ts';
import { createKnownTargets } from './known-names.ts';
import { createLogExport } from './log-export.ts';
import { createMcpObserver } from './mcp-observer.ts';
import { DURATION_BOUNDARIES, METRICS } from './names.ts';
import { createSampler } from './sampler.ts';
import { type Plan, planTelemetry } from './settings.ts';
import { createSpanPipeline } from './span-pipeline.ts';

const SCOPE = 'functions-mcp-host';
/** Bounds of what a server's own spans may carry. */
const SPAN_LIMITS = {
  attributeValueLengthLimit: 4_096,
  attributeCountLimit: 64,
  eventCountLimit: 16,
  linkCountLimit: 8,
};

export interface Telemetry {
  readonly observer: Observer;
  /** Members of a log line that name the span it was written in. */
  logMembers(): object;
  /** Takes a log line of level warn or above. */
  exportLine(line: string): void;
  /** Sends what waits, in the background. */
  flush(): void;
  /** Sends what waits and closes; may take as long as the destinations do. */
  shutdown(): Promise<void>;
}

export interface TelemetryOptions {
  readonly settings: TelemetrySettings;
  readonly servers: readonly MountedServer[];
  readonly log: Logger;
}

/** @returns undefined when no destination is left after the settings were checked. */
export async function openTelemetry(options: TelemetryOptions): Promise<Telemetry | undefined> {
  const { settings, servers, log } = options;
  const plan = planTelemetry(settings);
  for (const problem of plan.problems) log.error({ detail: problem }, 'telemetry settings');
  if (!plan.azure && !plan.otlp) return undefined;
  reportFaults(log);
  const destinations = await openDestinations(plan);
  const resource = resourceOf(settings);
  const metrics = openMetrics(destinations, resource, plan);
  const meter = metrics.getMeter(SCOPE);
  const hostMetrics = createHostMetrics(meter, servers);
  const logs = openLogs(destinations, resource, hostMetrics);
  const logExport = createLogExport(logs.getLogger(SCOPE), (n) => hostMetrics.dropped('logs', n));
  const traces = await openTraces(destinations, resource, { plan, settings, hostMetrics });
  const observer = createMcpObserver({
    tracer: traces.getTracer(SCOPE),
    duration: meter.createHistogram(METRICS.operationDuration, {
      unit: 's',
      description: 'Duration of an MCP message, from its arrival to its answer.',
      advice: { explicitBucketBoundaries: DURATION_BOUNDARIES },
    }),
    targets: createKnownTargets(declaredTools(servers)),
    onRefused(refused) {
      hostMetrics.refused(refused);
      logExport.refused(refused);
    },
  });
  const providers = [traces, logs, metrics];
  const quietly = (work: Promise<void>[]): Promise<unknown> => Promise.allSettled(work);
  return {
    observer,
    logMembers: currentSpan,
    exportLine: (line) => logExport.line(line),
    flush: () => void quietly(providers.map((provider) => provider.forceFlush())),
    shutdown: async () => {
      await quietly(providers.map((provider) => provider.shutdown()));
    },
  };
}

function resourceOf({ serviceName, instanceId }: TelemetrySettings): Resource {
  const own = { 'service.name': serviceName, 'service.instance.id': instanceId };
  return defaultResource()
    .merge(resourceFromAttributes(own))
    .merge(detectResources({ detectors: [envDetector] }));
}

function openMetrics(destinations: Destination[], resource: Resource, plan: Plan): MeterProvider {
  const readers = destinations.map(
    ({ metrics }) =>
      new PeriodicExportingMetricReader({
        exporter: metrics,
        exportIntervalMillis: plan.metricIntervalMs,
        exportTimeoutMillis: Math.min(BATCH.exportTimeoutMillis, plan.metricIntervalMs),
      }),
  );
  return new MeterProvider({ resource, readers });
}

function openLogs(
  destinations: Destination[],
  resource: Resource,
  hostMetrics: HostMetrics,
): LoggerProvider {
  const processors = destinations.map(({ logs }) => {
    const exporter = boundedExporter(logs, (count) => hostMetrics.dropped('logs', count));
    return new BatchLogRecordProcessor(exporter, BATCH);
  });
  return new LoggerProvider({ resource, processors });
}

/** Registers what servers and `fetch` look up globally: who is the parent, and how to tell an upstream. */
async function openTraces(
  destinations: Destination[],
  resource: Resource,
  rest: { plan: Plan; settings: TelemetrySettings; hostMetrics: HostMetrics },
): Promise<BasicTracerProvider> {
  const { plan, settings, hostMetrics } = rest;
  const outputs = destinations.map(({ spans }) =>
    boundedBatches(spans, (count) => hostMetrics.dropped('spans', count)),
  );
  const pipeline = createSpanPipeline(resource, settings.serviceName, outputs);
  const provider = new BasicTracerProvider({
    resource,
    sampler: await createSampler(plan),
    spanLimits: SPAN_LIMITS,
    spanProcessors: [pipeline],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  // Without a parent it is not known whose request it is.
  new UndiciInstrumentation({ requireParentforSpans: true }).setTracerProvider(provider);
  return provider;
}

function declaredTools(
  servers: readonly MountedServer[],
): (server: string) => ReadonlySet<unknown> {
  const names = new Map<string, ReadonlySet<unknown>>();
  return (server) => {
    const known = names.get(server);
    if (known) return known;
    const state = servers.find(({ config }) => config.name === server)?.state;
    if (state?.status !== 'serving') return new Set();
    const declared = new Set(state.backend.declarations.tools.map((tool) => tool.name));
    names.set(server, declared);
    return declared;
  };
}

function currentSpan(): object {
  const span = trace.getActiveSpan()?.spanContext();
  return span ? { trace_id: span.traceId, span_id: span.spanId } : {};
}
