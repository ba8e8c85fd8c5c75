// The exporters of each destination, loaded when it is wanted.

import type { LogRecordExporter } from '@opentelemetry/sdk-logs';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { quietenExporter } from '../../config/env.ts';
import { createIdentityCredential } from './identity-token.ts';
import type { AzurePlan, Plan } from './settings.ts';

export interface Destination {
  readonly spans: SpanExporter;
  readonly metrics: PushMetricExporter;
  readonly logs: LogRecordExporter;
}

export async function openDestinations(plan: Plan): Promise<Destination[]> {
  const azure = plan.azure && openAzureMonitor(plan.azure);
  const otlp = plan.otlp ? openOtlp() : undefined;
  const opened = await Promise.all([azure, otlp]);
  return opened.filter((destination) => destination !== undefined);
}

async function openAzureMonitor({ connectionString, identity }: AzurePlan): Promise<Destination> {
  quietenExporter();
  const [exporters, { createIngestionClient }] = await Promise.all([
    import('@azure/monitor-opentelemetry-exporter'),
    import('./ingestion-client.ts'),
  ]);
  const options = {
    connectionString,
    ...(identity && { credential: createIdentityCredential(identity) }),
    // Instances come and go, and the files would hold what users did.
    disableOfflineStorage: true,
    httpClient: createIngestionClient(),
    retryOptions: { maxRetries: 0 },
  };
  return {
    spans: new exporters.AzureMonitorTraceExporter(options),
    metrics: new exporters.AzureMonitorMetricExporter(options),
    logs: new exporters.AzureMonitorLogExporter(options),
  };
}

async function openOtlp(): Promise<Destination> {
  const [traces, metrics, logs] = await Promise.all([
    import('@opentelemetry/exporter-trace-otlp-proto'),
    import('@opentelemetry/exporter-metrics-otlp-proto'),
    import('@opentelemetry/exporter-logs-otlp-proto'),
  ]);
  return {
    spans: new traces.OTLPTraceExporter(),
    metrics: new metrics.OTLPMetricExporter(),
    logs: new logs.OTLPLogExporter(),
  };
}
