// Destinations that are down, slow, hanging or refuse: no request notices, the process ends in
// time, the log tells it once. And how a destination is chosen and asked.

import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { post, postMany } from '../../runtime/post.ts';
import { freePort } from '../free-port.ts';
import { spawnHost } from '../spawn-host.ts';
import { type Behavior, type Ingestion, startIngestion } from './ingestion.ts';
import { observedHost } from './observed-host.ts';
import { startOtlpReceiver } from './otlp-receiver.ts';

const FAULT = 'telemetry fault';
const CALLS = 3_000;
/** Far more than a call takes on a busy machine, so what waits for a destination shows. */
const SLOW_DESTINATION_MS = 60_000;
const CALL_LIMIT_MS = 20_000;
/** Telemetry may take 3 s of it; a busy machine needs the rest. */
const EXIT_LIMIT_MS = 8_000;

vi.setConfig({ testTimeout: 180_000 });

const faulty: Record<string, Behavior> = {
  'that answers 401': { status: 401 },
  'that answers 500': { status: 500 },
  'that takes a minute': { delayMs: SLOW_DESTINATION_MS },
  'that never answers': { hangs: true },
};

async function expectUnharmed(ingestion: Ingestion): Promise<void> {
  const host = await observedHost(ingestion);
  let slowestMs = 0;
  await postMany(CALLS, 20, async (number) => {
    const startedAt = performance.now();
    const answer = await host.call('alpha', 'echo', { text: String(number) });
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    expect(answer.text).toBe(String(number));
  });
  expect(slowestMs).toBeLessThan(CALL_LIMIT_MS);
  const stoppedAt = performance.now();
  host.signal('SIGTERM');
  expect(await host.exited).toEqual({ code: 0, signal: null });
  expect(performance.now() - stoppedAt).toBeLessThan(EXIT_LIMIT_MS);
  expect(host.logs.filter(({ msg }) => msg === FAULT).length).toBeLessThanOrEqual(1);
  expect(host.stderr()).toBe('');
  // Nobody but our log writes to standard output.
  expect(host.logs.filter(({ level }) => level === undefined)).toEqual([]);
}

test.each(Object.entries(faulty))(
  "a destination %s is nobody's trouble",
  async (_name, behavior) => {
    await expectUnharmed(await startIngestion(behavior));
  },
);

test("a destination where nobody listens is nobody's trouble, and is told once", async () => {
  const ingestion = await startIngestion();
  const port = await freePort();
  const connectionString = ingestion.connectionString.replaceAll(
    String(ingestion.port),
    String(port),
  );
  await expectUnharmed({
    ...ingestion,
    env: { ...ingestion.env, APPLICATIONINSIGHTS_CONNECTION_STRING: connectionString },
  });
});

test('nobody but the destination is connected to', async () => {
  const ingestion = await startIngestion();
  const watch = `
    import { writeSync } from 'node:fs';
    import { Socket } from 'node:net';
    const { connect } = Socket.prototype;
    Socket.prototype.connect = function (...args) {
      const { host, port } = [args].flat(2)[0];
      writeSync(2, host + ' ' + port + '\\n');
      return connect.apply(this, args);
    };
  `;
  const host = await spawnHost({
    yaml: 'servers: { alpha: { module: ./observed.mjs, auth: anonymous } }',
    env: ingestion.env,
    nodeArguments: ['--import', `data:text/javascript,${encodeURIComponent(watch)}`],
  });
  const message = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} };
  await post(`${await host.url()}/alpha/mcp`, message);
  await ingestion.waitFor(({ data }) => data.baseType === 'RequestData');
  host.signal('SIGTERM');
  await host.exited;
  const connections = new Set(host.stderr().trim().split('\n'));
  expect([...connections]).toEqual([`127.0.0.1 ${ingestion.port}`]);
});

test('what a refusing destination loses is counted for another that listens', async () => {
  const ingestion = await startIngestion({ status: 401 });
  const host = await observedHost(ingestion, { OTEL_METRIC_EXPORT_INTERVAL: '1000' });
  await host.call('alpha', 'echo', { text: 'x' });
  await host.waitForLog({ msg: FAULT });
  await ingestion.waitForRefused(({ data }) => data.baseType === 'RequestData');
  ingestion.behavior = {};
  const { data } = await ingestion.waitFor(
    (envelope) => envelope.data.baseData.metrics?.[0]?.name === 'mcp.host.telemetry.dropped',
  );
  expect(data.baseData).toMatchObject({ metrics: [{ value: 1 }], properties: { signal: 'spans' } });
});

test('of a burst to a slow destination, each row has arrived or is counted as lost', async () => {
  const ingestion = await startIngestion({ delayMs: 3_000 });
  const host = await observedHost(ingestion, { OTEL_METRIC_EXPORT_INTERVAL: '1000' });
  await postMany(CALLS * 2, 50, async () => {
    await host.call('alpha', 'echo', { text: 'x' });
  });
  ingestion.behavior = {};
  const lost = (): number =>
    ingestion.envelopes
      .map(({ data }) => data.baseData.metrics?.[0])
      .findLast((metric) => metric?.name === 'mcp.host.telemetry.dropped')?.value ?? 0;
  // One whose answer comes too late has arrived, and counts as lost as well.
  await ingestion.waitFor(() => ingestion.requests().length + lost() >= CALLS * 2);
});

test('a token that cannot be had is told, counted, and harms no call', async () => {
  const ingestion = await startIngestion();
  const otlp = await startOtlpReceiver();
  const host = await observedHost(ingestion, {
    OTEL_METRIC_EXPORT_INTERVAL: '1000',
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD',
    IDENTITY_ENDPOINT: `http://127.0.0.1:${await freePort()}/msi/token`,
    IDENTITY_HEADER: 'the-header',
    OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url,
  });
  expect((await host.call('alpha', 'echo', { text: 'x' })).text).toBe('x');
  await host.waitForLog({ msg: FAULT });
  await otlp.waitFor('/v1/metrics', 'mcp.host.telemetry.dropped');
  expect(ingestion.posts).toEqual([]);
});

test('the identity of the app signs every POST, with one token for all', async () => {
  const asked: IncomingMessage[] = [];
  const identity = createServer((request, response) => {
    asked.push(request);
    const expires_on = String(Math.floor(Date.now() / 1000) + 3_600);
    response.end(JSON.stringify({ access_token: 'fake-token', expires_on }));
  });
  await new Promise<void>((resolve) => {
    identity.listen(0, '127.0.0.1', () => resolve());
  });
  onTestFinished(() => {
    identity.closeAllConnections();
    identity.close();
  });
  const { port } = identity.address() as AddressInfo;
  const ingestion = await startIngestion();
  const host = await observedHost(ingestion, {
    OTEL_METRIC_EXPORT_INTERVAL: '1000',
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING:
      'ClientId=11111111-2222-3333-4444-555555555555;Authorization=AAD',
    IDENTITY_ENDPOINT: `http://127.0.0.1:${port}/msi/token`,
    IDENTITY_HEADER: 'the-header',
  });
  await host.call('alpha', 'echo', { text: 'x' });
  await ingestion.waitForRequests(1);
  await ingestion.waitFor(({ data }) => data.baseType === 'MetricData');
  expect(ingestion.posts.map(({ authorization }) => authorization)).toEqual(
    ingestion.posts.map(() => 'Bearer fake-token'),
  );
  expect(asked).toHaveLength(1);
  const { searchParams } = new URL(asked[0]?.url ?? '', 'http://identity');
  expect(Object.fromEntries(searchParams)).toEqual({
    'api-version': '2019-08-01',
    resource: 'https://monitor.azure.com',
    client_id: '11111111-2222-3333-4444-555555555555',
  });
  expect(asked[0]?.headers['x-identity-header']).toBe('the-header');
});

test('OTLP gets spans and metrics of each server; with both variables both destinations do', async () => {
  const otlp = await startOtlpReceiver();
  const ingestion = await startIngestion();
  const host = await observedHost(ingestion, {
    OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url,
    OTEL_METRIC_EXPORT_INTERVAL: '1000',
  });
  await host.call('alpha', 'echo', { text: 'x' });
  await otlp.waitFor('/v1/traces', 'tools/call echo');
  await otlp.waitFor('/v1/metrics', 'mcp.server.operation.duration');
  await ingestion.waitForRequests(1);
});

test('OTLP alone needs no connection string', async () => {
  const otlp = await startOtlpReceiver();
  const host = await observedHost(undefined, { OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url });
  await host.call('alpha', 'echo', { text: 'x' });
  await otlp.waitFor('/v1/traces', 'tools/call echo');
});
