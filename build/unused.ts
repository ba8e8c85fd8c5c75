// Modules that packages of the host load for what this host never asks of them. Each would be read
// and compiled at every start, before the first answer.

import type { Plugin } from 'rolldown';
import { packageAt } from './outside.ts';

/** What is left out, by the package that would load it. */
const UNUSED: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  // The server is made by the host, no proxy is trusted, and no route has a schema. package-lock.json
  // names the versions, so fastify need not check that of its one plugin.
  [
    'fastify',
    [
      'node:http2',
      'node:https',
      '@fastify/ajv-compiler',
      '@fastify/fast-json-stringify-compiler',
      '@fastify/proxy-addr',
      'light-my-request',
      'semver',
    ],
  ],
  // Callers are never distinguished by address.
  ['@fastify/rate-limit', ['ip-address']],
  // Lines are written by this thread.
  ['pino', ['thread-stream']],
  // Exporters come from the distribution; a configuration file is read by a function that it does
  // not call.
  [
    '@opentelemetry/sdk-node',
    [
      '@opentelemetry/configuration',
      '@opentelemetry/exporter-logs-otlp-grpc',
      '@opentelemetry/exporter-logs-otlp-http',
      '@opentelemetry/exporter-logs-otlp-proto',
      '@opentelemetry/exporter-metrics-otlp-grpc',
      '@opentelemetry/exporter-metrics-otlp-http',
      '@opentelemetry/exporter-metrics-otlp-proto',
      '@opentelemetry/exporter-prometheus',
      '@opentelemetry/exporter-trace-otlp-grpc',
      '@opentelemetry/exporter-trace-otlp-http',
      '@opentelemetry/exporter-trace-otlp-proto',
      '@opentelemetry/exporter-zipkin',
      '@opentelemetry/otlp-exporter-base',
    ],
  ],
  // Their own messages, for people who debug these packages.
  ...['require-in-the-middle', 'http-proxy-agent', 'https-proxy-agent'].map(
    (name): [string, string[]] => [name, ['debug']],
  ),
  // It asks the network for a virtual machine at each start. This host runs in none.
  ['@opentelemetry/resource-detector-azure', ['./AzureVmDetector']],
  // Off in the host's options.
  [
    '@azure/monitor-opentelemetry',
    [
      './browserSdkLoader/browserSdkLoader.js',
      './performanceCounters.js',
      './quickpulse/liveMetrics.js',
      '@azure/opentelemetry-instrumentation-azure-sdk',
      '@microsoft/applicationinsights-web-snippet',
      '@opentelemetry/instrumentation-bunyan',
      '@opentelemetry/instrumentation-mongodb',
      '@opentelemetry/instrumentation-mysql',
      '@opentelemetry/instrumentation-pg',
      '@opentelemetry/instrumentation-redis',
      '@opentelemetry/instrumentation-winston',
    ],
  ],
]);

const EMPTY = 'module.exports = {};';
/** Where an empty module is not enough: the package uses what it exports. */
const STAND_INS: ReadonlyMap<string, string> = new Map([
  ['debug', 'module.exports = () => () => {};'],
  ['semver', 'exports.satisfies = () => true;'],
  ['./AzureVmDetector', 'exports.azureVmDetector = { detect: () => ({ attributes: {} }) };'],
]);

const MARK = '\0unused:';

/**
 * Puts an empty module, or a stand-in, in the place of each.
 * @param isOfHostAlone whether no server holds the importing module too.
 */
export function unusedPlugin(isOfHostAlone: (file: string) => boolean): Plugin {
  return {
    name: 'unused',
    resolveId(id, importer) {
      const packageName = importer && isOfHostAlone(importer) && packageAt(importer)?.name;
      return packageName && UNUSED.get(packageName)?.includes(id) ? MARK + id : null;
    },
    load: (id) => (id.startsWith(MARK) ? (STAND_INS.get(id.slice(MARK.length)) ?? EMPTY) : null),
  };
}
