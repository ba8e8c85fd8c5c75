// Modules that packages of the host load for what this host never asks of them. Each would be read
// and compiled at every start, before the first answer.

import type { Plugin } from 'rolldown';
import { packageAt } from './outside.ts';

/** What is left out, by the package that would load it. */
const UNUSED: ReadonlyMap<string, readonly string[]> = new Map([
  // The server is made by the host, no proxy is trusted, and no route has a schema.
  [
    'fastify',
    [
      'node:http2',
      'node:https',
      '@fastify/ajv-compiler',
      '@fastify/fast-json-stringify-compiler',
      '@fastify/proxy-addr',
      'light-my-request',
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
  // Off in the host's options.
  [
    '@azure/monitor-opentelemetry',
    [
      '@opentelemetry/instrumentation-mongodb',
      '@opentelemetry/instrumentation-mysql',
      '@opentelemetry/instrumentation-pg',
      '@opentelemetry/instrumentation-redis',
    ],
  ],
]);

const MARK = '\0unused:';

/**
 * Puts an empty module in the place of each.
 * @param isOfHostAlone whether no server holds the importing module too.
 */
export function unusedPlugin(isOfHostAlone: (file: string) => boolean): Plugin {
  return {
    name: 'unused',
    resolveId(id, importer) {
      const packageName = importer && isOfHostAlone(importer) && packageAt(importer)?.name;
      return packageName && UNUSED.get(packageName)?.includes(id) ? MARK + id : null;
    },
    load: (id) => (id.startsWith(MARK) ? 'module.exports = {};' : null),
  };
}
