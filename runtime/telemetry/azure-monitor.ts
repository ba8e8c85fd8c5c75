// Application Insights through Microsoft's distribution of OpenTelemetry. It makes the providers of
// all signals; what it lacks is added here: sending every second, a bound in time, and a count of
// what was lost.

import { createRequire } from 'node:module';
import { AzureLogger } from '@azure/logger';
import { useAzureMonitor } from '@azure/monitor-opentelemetry';
import { diag, metrics, type ProxyTracerProvider, TraceFlags, trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import type { LoggerProvider, LogRecordProcessor } from '@opentelemetry/sdk-logs';
import { AggregationType, type MeterProvider } from '@opentelemetry/sdk-metrics';
import type { BasicTracerProvider, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { createIdentityCredential } from '../exchange/identity-token.ts';
import type { Deliveries } from './deliveries.ts';
import { createIngestionClient } from './ingestion-client.ts';
import type { ProviderParts, Providers } from './providers.ts';
import type { AzurePlan, Plan } from './settings.ts';

const OFF = { enabled: false };

/** @param parts what is added to the distribution's own. */
export function openAzureMonitor(
  azure: AzurePlan,
  { ratio }: Plan,
  parts: ProviderParts,
  deliveries: Deliveries,
): Providers {
  const { connectionString, identity } = azure;
  const isSampling = ratio < 1;
  useAzureMonitor({
    azureMonitorExporterOptions: {
      connectionString,
      ...(identity && { credential: createIdentityCredential(identity) }),
      // Instances come and go, and the files would hold what users did.
      disableOfflineStorage: true,
      httpClient: createIngestionClient(deliveries),
      retryOptions: { maxRetries: 0 },
    },
    resource: parts.resource,
    // By default five traces a second would be kept, and the ratio not looked at.
    tracesPerSecond: 0,
    samplingRatio: ratio,
    enableTraceBasedSamplingForLogs: isSampling,
    // Sent once a minute and at no other time, so that an instance that lives shorter would be
    // missing.
    enableStandardMetrics: false,
    enablePerformanceCounters: false,
    enableLiveMetrics: false,
    instrumentationOptions: {
      // Calls that servers make without `fetch`. What comes in has rows of ours already.
      http: {
        enabled: true,
        disableIncomingRequestInstrumentation: true,
        requireParentforOutgoingSpans: true,
      } as { enabled: boolean },
      azureSdk: OFF,
      mongoDb: OFF,
      mySql: OFF,
      postgreSql: OFF,
      redis: OFF,
      redis4: OFF,
    },
    spanProcessors: [countSpans(deliveries), parts.pipeline],
    logRecordProcessors: [countLogs(deliveries, isSampling), ...parts.logProcessors],
    metricReaders: [...parts.metricReaders],
    // The dependencies tell it already.
    views: [{ instrumentName: 'http.client.*', aggregation: { type: AggregationType.DROP } }],
  });
  // The instrumentation takes effect with the next `require`; libraries that are loaded already
  // share the object.
  for (const name of ['node:http', 'node:https']) createRequire(import.meta.url)(name);
  // Of the Azure libraries below: it writes to standard output, which is our log.
  AzureLogger.log = (...message) => diag.warn(message.join(' '));
  const tracers = trace.getTracerProvider() as ProxyTracerProvider;
  const providers = {
    traces: tracers.getDelegate() as BasicTracerProvider,
    metrics: metrics.getMeterProvider() as MeterProvider,
    logs: logs.getLoggerProvider() as LoggerProvider,
  };
  deliveries.start(async () => {
    await Promise.allSettled([providers.traces.forceFlush(), providers.logs.forceFlush()]);
  });
  return providers;
}

const nothing = async (): Promise<void> => {};

function countSpans(deliveries: Deliveries): SpanProcessor {
  return {
    onStart: () => {},
    onEnd(span) {
      if (span.spanContext().traceFlags & TraceFlags.SAMPLED) deliveries.handed('spans');
    },
    forceFlush: nothing,
    shutdown: nothing,
  };
}

function countLogs(deliveries: Deliveries, isSampling: boolean): LogRecordProcessor {
  return {
    onEmit({ spanContext }) {
      const isLeftOut =
        isSampling && spanContext && (spanContext.traceFlags & TraceFlags.SAMPLED) === 0;
      if (!isLeftOut) deliveries.handed('logs');
    },
    forceFlush: nothing,
    shutdown: nothing,
  };
}
