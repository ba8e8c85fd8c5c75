// Without a destination nothing is loaded; with a wrong setting the host serves and says so in one
// line.

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { startIngestion } from './ingestion.ts';
import { observedHost } from './observed-host.ts';

const SETTINGS = 'telemetry settings';

/**
 * A server that tells whether anything of OpenTelemetry was loaded: its API leaves a global behind.
 */
const PROBE = `
import { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
export function createServer() {
  const server = new McpServer({ name: 'probe', version: '1.0.0' });
  server.registerTool('globals', { inputSchema: z.object({}) }, () => {
    const isThere = Symbol.for('opentelemetry.js.api.1') in globalThis;
    return { content: [{ type: 'text', text: String(isThere) }] };
  });
  return server;
}
`;

const yaml = 'servers: { probe: { module: ./probe.mjs, auth: anonymous } }';

test('without a destination no telemetry code is loaded', async () => {
  const off = await observedHost(undefined, {}, yaml, { 'probe.mjs': PROBE });
  expect((await off.call('probe', 'globals')).text).toBe('false');
  // The probe itself can tell.
  const on = await observedHost(await startIngestion(), {}, yaml, { 'probe.mjs': PROBE });
  expect((await on.call('probe', 'globals')).text).toBe('true');
});

test('OTEL_SDK_DISABLED turns telemetry off', async () => {
  const ingestion = await startIngestion();
  const host = await observedHost(ingestion, { OTEL_SDK_DISABLED: 'true' }, yaml, {
    'probe.mjs': PROBE,
  });
  expect((await host.call('probe', 'globals')).text).toBe('false');
});

const wrong = [
  ['APPLICATIONINSIGHTS_CONNECTION_STRING', 'nonsense'],
  ['APPLICATIONINSIGHTS_CONNECTION_STRING', 'InstrumentationKey=SECRET'],
  [
    'APPLICATIONINSIGHTS_CONNECTION_STRING',
    'InstrumentationKey=00000000-0000-0000-0000-000000000000;IngestionEndpoint=nowhere',
  ],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'SECRET'],
] as const;

test.each(wrong)(
  '%s=%s: one line says so, without the value, and the host serves',
  async (name, value) => {
    const host = await observedHost(undefined, { [name]: value });
    const line = await host.waitForLog({ msg: SETTINGS });
    expect(line).toMatchObject({
      level: 'error',
      detail: expect.stringMatching(new RegExp(`^${name}: expected .* Fix: `)),
    });
    expect((await host.call('alpha', 'echo', { text: 'x' })).text).toBe('x');
    expect(host.logs.filter(({ level }) => level === 'error')).toHaveLength(1);
    expect(JSON.stringify(host.logs)).not.toContain('SECRET');
  },
);

const doubtful = {
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'nonsense',
  // The package would turn on what the bundle leaves out.
  APPLICATIONINSIGHTS_CONFIGURATION_CONTENT: '{"enableLiveMetrics":true}',
  APPLICATIONINSIGHTS_CONFIGURATION_FILE: '/nowhere.json',
  OTEL_TRACES_SAMPLER: 'nonsense',
  OTEL_METRIC_EXPORT_INTERVAL: 'nonsense',
};

test.each(Object.entries(doubtful))(
  '%s=%s: one line says so, and the rest is exported',
  async (name, value) => {
    const ingestion = await startIngestion();
    const host = await observedHost(ingestion, { [name]: value });
    await host.call('alpha', 'echo', { text: 'x' });
    await ingestion.waitForRequests(1);
    expect(host.logs.filter(({ msg }) => msg === SETTINGS)).toHaveLength(1);
  },
);

test('exporters that other variables name are not added, and keep nothing from being exported', async () => {
  const ingestion = await startIngestion();
  const host = await observedHost(ingestion, {
    OTEL_TRACES_EXPORTER: 'zipkin',
    OTEL_METRICS_EXPORTER: 'otlp,prometheus',
    OTEL_LOGS_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
  });
  await host.call('alpha', 'echo', { text: 'x' });
  const row = await ingestion.waitFor(({ data }) => data.baseType === 'RequestData');
  expect(row.data.baseData.name).toBe('tools/call echo');
  expect(host.logs.filter(({ level }) => level === 'error')).toEqual([]);
});

test('sampling exports a share of the calls and tells the rate, whatever a client says of it', async () => {
  const ingestion = await startIngestion();
  const host = await observedHost(ingestion, {
    OTEL_TRACES_SAMPLER: 'traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.5',
  });
  // The decision is a hash of the id, which is only fair to ids that look random.
  const traces = Array.from({ length: 200 }, (_, call) =>
    createHash('md5').update(String(call)).digest('hex'),
  );
  for (const trace of traces) {
    const meta = { traceparent: `00-${trace}-00f067aa0ba902b7-00` };
    await host.call('alpha', 'echo', { text: 'x' }, { meta });
  }
  host.signal('SIGTERM');
  await host.exited;
  const rows = ingestion.requests();
  expect(rows.length).toBeGreaterThan(50);
  expect(rows.length).toBeLessThan(150);
  expect(new Set(rows.map(({ sampleRate }) => sampleRate))).toEqual(new Set([50]));
});

test('what was refused has its audit line also where no trace is exported', async () => {
  const ingestion = await startIngestion();
  const yaml = 'servers: { broken: { module: ./missing.mjs, auth: anonymous } }';
  const host = await observedHost(ingestion, { OTEL_TRACES_SAMPLER: 'always_off' }, yaml);
  await host.call('broken', 'echo');
  const audit = await ingestion.waitFor(({ data }) => data.baseData.message === 'refused');
  expect(audit.data.baseData.properties).toMatchObject({ reason: 'unavailable' });
  expect(ingestion.requests()).toEqual([]);
});
