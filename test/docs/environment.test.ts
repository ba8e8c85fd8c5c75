// docs/configuration.md names every environment variable that config/env.ts reads, with its
// default.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readEnvironment } from '../../config/env.ts';
import { tableRows } from './markdown.ts';

const rows = tableRows('docs/configuration.md', 'variable');

const { telemetry } = readEnvironment({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318' });

/** The defaults that the environment itself shows. */
const shown = {
  PORT: String(readEnvironment({}).port),
  HOST: readEnvironment({}).host,
  LOG_LEVEL: readEnvironment({}).logLevel,
  MCP_SERVERS_FILE: 'servers.yaml',
  MCP_ENTRA_SERVER_URIS: readEnvironment({}).entraServerUris,
  AZURE_AUTHORITY_HOST: readEnvironment({}).authorityHost,
  MCP_HOST_STATE_KEY: 'random per process',
  WEBSITE_SITE_NAME: telemetry?.serviceName,
  WEBSITE_INSTANCE_ID: 'name of the machine',
  OTEL_TRACES_SAMPLER: telemetry?.sampler,
  OTEL_TRACES_SAMPLER_ARG: telemetry?.samplerArgument,
  OTEL_METRIC_EXPORT_INTERVAL: telemetry?.metricIntervalMs,
};

test('every variable of config/env.ts has a row, and no row is left over', () => {
  const text = readFileSync('config/env.ts', 'utf8');
  const shape = /const variables = z\.object\(\{\n(.*?)^\}\)/ms.exec(text)?.[1] ?? '';
  const names = [...shape.matchAll(/^ {2}([A-Z][A-Z_]*):/gm)].map(([, name]) => name as string);
  expect(names.length).toBeGreaterThan(0);
  expect(rows.map(([name]) => name as string).toSorted()).toEqual(names.toSorted());
});

test.each(rows)('%s has its default and a meaning', (name, value, meaning) => {
  expect(value).toBe(shown[name as keyof typeof shown] ?? 'none');
  expect(meaning).toMatch(/\.$/);
});

test('the default of MCP_SERVERS_FILE is what is read', () => {
  const { serversFile } = readEnvironment({ MCP_SERVERS_FILE: shown.MCP_SERVERS_FILE });
  expect(readEnvironment({}).serversFile).toBe(serversFile);
});
