// OpenTelemetry for this process: destinations, the observer of exchanges. Imported only when there
// is a destination; nothing here may throw into a request.

import { trace } from '@opentelemetry/api';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import {
  defaultResource,
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import type { Logger } from 'pino';
import { prepareAzureMonitor, type TelemetrySettings } from '../../config/env.ts';
import { derived } from '../exchange/derived.ts';
import type { HostedServer } from '../exchange/hosted-server.ts';
import type { CallRecord, Observer } from '../exchange/observer.ts';
import { createDeliveries, type Deliveries, type Signal } from './deliveries.ts';
import { reportFaults } from './faults.ts';
import { createHostMetrics } from './host-metrics.ts';
import { createKnownTargets, type KnownTargets } from './known-names.ts';
import { createLogExport } from './log-export.ts';
import { createMcpObserver } from './mcp-observer.ts';
import { DURATION_BOUNDARIES, METRICS } from './names.ts';
import { openProviders, type Providers } from './providers.ts';
import { type Plan, planTelemetry } from './settings.ts';
import { createSpanPipeline } from './span-pipeline.ts';

const SCOPE = 'functions-mcp-host';

export interface Telemetry {
  readonly observer: Observer;
  /** Members of a log line that name the span it was written in. */
  logMembers(): object;
  /** Takes a log line of level warn or above. */
  exportLine(line: string): void;
  /** @returns false when there are too many. */
  exportCall(record: CallRecord): boolean;
  /** Sends what waits, in the background. */
  flush(): void;
  /** Sends what waits and closes; may take as long as the destinations do. */
  shutdown(): Promise<void>;
}

export interface TelemetryOptions {
  readonly settings: TelemetrySettings;
  readonly servers: readonly HostedServer[];
  readonly log: Logger;
}

/** @returns undefined when no destination is left after the settings were checked. */
export async function openTelemetry(options: TelemetryOptions): Promise<Telemetry | undefined> {
  const { settings, servers, log } = options;
  const plan = planTelemetry(settings);
  for (const problem of plan.problems) log.error({ detail: problem }, 'telemetry settings');
  if (!plan.azure && !plan.otlp) return undefined;
  const dropped = new Map<Signal, number>();
  const onDropped = (signal: Signal, count: number): void => {
    dropped.set(signal, (dropped.get(signal) ?? 0) + count);
  };
  const deliveries = createDeliveries();
  const providers = await openDestinations(plan, settings, deliveries, onDropped);
  // After the distribution, which would put loggers of its own in their place.
  reportFaults(log);
  // Without a parent it is not known whose request it is.
  new UndiciInstrumentation({ requireParentforSpans: true }).setTracerProvider(providers.traces);
  const meter = providers.metrics.getMeter(SCOPE);
  const lost = (signal: Signal): number => (dropped.get(signal) ?? 0) + deliveries.lost(signal);
  const hostMetrics = createHostMetrics(meter, servers, lost);
  const logExport = createLogExport(providers.logs.getLogger(SCOPE), (n) => onDropped('logs', n));
  const targets = createKnownTargets(declaredTools(servers));
  const observer = createMcpObserver({
    tracer: providers.traces.getTracer(SCOPE),
    duration: meter.createHistogram(METRICS.operationDuration, {
      unit: 's',
      description: 'Duration of an MCP message, from its arrival to its answer.',
      advice: { explicitBucketBoundaries: DURATION_BOUNDARIES },
    }),
    targets,
    onRefused(refused) {
      hostMetrics.refused(refused);
      logExport.refused(refused);
    },
    onMessageRefused: (refused) => logExport.refused(refused),
  });
  const each = [providers.traces, providers.logs, providers.metrics];
  const settled = (work: Promise<void>[]): Promise<unknown> => Promise.allSettled(work);
  return {
    observer,
    logMembers: currentSpan,
    exportLine: (line) => logExport.line(line),
    exportCall: (record) => logExport.called(withKnownTarget(record, targets)),
    flush: () => void settled(each.map((provider) => provider.forceFlush())),
    shutdown: async () => {
      await settled(each.map((provider) => provider.shutdown()));
    },
  };
}

/** Each destination is loaded only where it is wanted. */
async function openDestinations(
  plan: Plan,
  settings: TelemetrySettings,
  deliveries: Deliveries,
  onDropped: (signal: Signal, count: number) => void,
): Promise<Providers> {
  const resource = resourceOf(settings);
  const otlp = plan.otlp
    ? (await import('./otlp.ts')).openOtlp(plan.metricIntervalMs, onDropped)
    : undefined;
  const parts = {
    resource,
    pipeline: createSpanPipeline(resource, settings.serviceName, otlp ? [otlp.spans] : []),
    metricReaders: otlp ? [otlp.metrics] : [],
    logProcessors: otlp ? [otlp.logs] : [],
  };
  if (!plan.azure) return openProviders(plan.ratio, parts);
  prepareAzureMonitor(plan.metricIntervalMs);
  const { openAzureMonitor } = await import('./azure-monitor.ts');
  return openAzureMonitor(plan.azure, plan, parts, deliveries);
}

function resourceOf({ serviceName, instanceId }: TelemetrySettings): Resource {
  const own = { 'service.name': serviceName, 'service.instance.id': instanceId };
  return defaultResource()
    .merge(resourceFromAttributes(own))
    .merge(detectResources({ detectors: [envDetector] }));
}

/** What does not exist has a name of the client's own making. */
function withKnownTarget(record: CallRecord, targets: KnownTargets): CallRecord {
  const { server, target, outcome } = record;
  const params = { name: target };
  const wasServed = outcome === 'ok' || outcome === 'input-required';
  return { ...record, target: targets.nameOf(server, { method: 'tools/call', params }, wasServed) };
}

const NO_NAMES: ReadonlySet<unknown> = new Set();

function declaredTools(servers: readonly HostedServer[]): (server: string) => ReadonlySet<unknown> {
  const names = new Map(
    servers.map(({ config, backend }) => [
      config.name,
      derived(backend, ({ tools = [] }) => new Set(tools.map((tool) => tool.name))),
    ]),
  );
  return (server) => names.get(server)?.() ?? NO_NAMES;
}

function currentSpan(): object {
  const span = trace.getActiveSpan()?.spanContext();
  return span ? { trace_id: span.traceId, span_id: span.spanId } : {};
}
