// Which traces are exported. The decision comes from the trace id alone, so that all parts of a trace agree on it; what
// a client says of sampling is not heard, or it could hide its calls.

import {
  AlwaysOnSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import type { Plan } from './settings.ts';

export async function createSampler({ ratio, azure }: Plan): Promise<Sampler> {
  if (ratio === 1) return new AlwaysOnSampler();
  if (!azure) return new TraceIdRatioBasedSampler(ratio);
  // Also writes the rate into each row, from which Application Insights estimates the whole (`itemCount`).
  const { ApplicationInsightsSampler } = await import('@azure/monitor-opentelemetry-exporter');
  return new ApplicationInsightsSampler(ratio);
}
