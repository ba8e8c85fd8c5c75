// Checks the telemetry variables. A wrong one is reported in one line and ignored, and the host
// keeps working.

import type { TelemetrySettings } from '../../config/env.ts';
import type { IdentityPlan } from '../exchange/identity-token.ts';

/** Where to export to, and how much. */
export interface Plan {
  /** Application Insights. */
  readonly azure?: AzurePlan;
  /** An OTLP receiver: its exporters read the same variable themselves. */
  readonly otlp: boolean;
  /** Share of the traces that are exported, 0 to 1. */
  readonly ratio: number;
  readonly metricIntervalMs: number;
  /** Where, what was expected and how to fix it; never the value, which may hold a secret. */
  readonly problems: readonly string[];
}

export interface AzurePlan {
  readonly connectionString: string;
  /** Present when the app's identity is asked for. */
  readonly identity?: IdentityPlan;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const DEFAULT_METRIC_INTERVAL_MS = 60_000;
const MIN_METRIC_INTERVAL_MS = 1_000;
/** Samplers of the OpenTelemetry specification and of Azure Monitor that take a ratio. */
const RATIO_SAMPLERS = [
  'traceidratio',
  'parentbased_traceidratio',
  'trace_id_ratio',
  'parentbased_trace_id_ratio',
  'microsoft.fixed_percentage',
];
const ALWAYS_ON = ['always_on', 'parentbased_always_on'];
const ALWAYS_OFF = ['always_off', 'parentbased_always_off'];

export function planTelemetry(settings: TelemetrySettings): Plan {
  const problems: string[] = [];
  const azure = azurePlan(settings, problems);
  return {
    ...(azure && { azure }),
    otlp: isOtlpEndpoint(settings.otlpEndpoint, problems),
    ratio: samplingRatio(settings, problems),
    metricIntervalMs: metricInterval(settings, problems),
    problems,
  };
}

function azurePlan(settings: TelemetrySettings, problems: string[]): AzurePlan | undefined {
  const { connectionString, authentication, ignored } = settings;
  if (connectionString === undefined) return undefined;
  const members = membersOf(connectionString);
  const endpoint = members?.get('ingestionendpoint');
  const isWhole =
    UUID.test(members?.get('instrumentationkey') ?? '') &&
    (endpoint === undefined || isHttpUrl(endpoint));
  if (!isWhole) {
    problems.push(
      'APPLICATIONINSIGHTS_CONNECTION_STRING: expected InstrumentationKey=<guid>;IngestionEndpoint=https://…, got something else; nothing is exported to Application Insights. Fix: copy the connection string from the resource.',
    );
    return undefined;
  }
  for (const name of ignored) {
    problems.push(
      `${name}: expected no value, because the host sets these options itself, got one; it is ignored. Fix: unset it. To sample, set OTEL_TRACES_SAMPLER.`,
    );
  }
  const identity = authentication === undefined ? undefined : identityPlan(settings, problems);
  // The exporter compares keys in lower case only.
  const lower = connectionString.replace(
    /(InstrumentationKey=)([^;]*)/i,
    (_all, name, key) => name + key.toLowerCase(),
  );
  return { connectionString: lower, ...(identity && { identity }) };
}

function identityPlan(settings: TelemetrySettings, problems: string[]): IdentityPlan | undefined {
  const { authentication = '', identityEndpoint, identityHeader } = settings;
  const members = membersOf(authentication);
  if (members?.get('authorization')?.toLowerCase() !== 'aad') {
    problems.push(
      'APPLICATIONINSIGHTS_AUTHENTICATION_STRING: expected Authorization=AAD or ClientId=<guid>;Authorization=AAD, got something else; no token is sent. Fix: correct or unset it.',
    );
    return undefined;
  }
  if (!identityEndpoint || !identityHeader) {
    problems.push(
      'APPLICATIONINSIGHTS_AUTHENTICATION_STRING: expected IDENTITY_ENDPOINT and IDENTITY_HEADER, which App Service sets, got none; no token is sent. Fix: give the app a managed identity, or unset this variable.',
    );
    return undefined;
  }
  const clientId = members.get('clientid');
  return { endpoint: identityEndpoint, header: identityHeader, ...(clientId && { clientId }) };
}

/** `Name=value;Name=value`, names in lower case; undefined for anything else. */
function membersOf(text: string): Map<string, string> | undefined {
  const members = text.split(';').filter((member) => member.trim() !== '');
  const pairs = members.map((member) => member.split('='));
  if (pairs.some((pair) => pair.length !== 2)) return undefined;
  return new Map(pairs.map(([name = '', value = '']) => [name.trim().toLowerCase(), value.trim()]));
}

function isOtlpEndpoint(endpoint: string | undefined, problems: string[]): boolean {
  if (endpoint === undefined) return false;
  if (isHttpUrl(endpoint)) return true;
  problems.push(
    'OTEL_EXPORTER_OTLP_ENDPOINT: expected an http or https URL such as http://localhost:4318, got something else; nothing is exported to it. Fix: correct or unset it.',
  );
  return false;
}

function isHttpUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

function samplingRatio(
  { sampler, samplerArgument }: TelemetrySettings,
  problems: string[],
): number {
  if (ALWAYS_ON.includes(sampler)) return 1;
  if (ALWAYS_OFF.includes(sampler)) return 0;
  const ratio = Number(samplerArgument);
  if (RATIO_SAMPLERS.includes(sampler) && ratio >= 0 && ratio <= 1) return ratio;
  problems.push(
    'OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG: expected always_on, always_off, or traceidratio with a number from 0 to 1, got something else; all traces are exported. Fix: correct or unset them.',
  );
  return 1;
}

function metricInterval({ metricIntervalMs }: TelemetrySettings, problems: string[]): number {
  const interval = Number(metricIntervalMs);
  if (Number.isInteger(interval) && interval >= MIN_METRIC_INTERVAL_MS) return interval;
  problems.push(
    `OTEL_METRIC_EXPORT_INTERVAL: expected milliseconds, at least ${MIN_METRIC_INTERVAL_MS}, got something else; ${DEFAULT_METRIC_INTERVAL_MS} is used. Fix: correct or unset it.`,
  );
  return DEFAULT_METRIC_INTERVAL_MS;
}
