// Loopback receivers of telemetry, and the environments that send it there.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TargetOptions } from './target.ts';

export interface Receivers {
  readonly environments: readonly {
    readonly name: string;
    readonly environment: TargetOptions['environment'];
  }[];
  stop(): void;
}

export async function startReceivers(): Promise<Receivers> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-certificate-'));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const { status } = spawnSync('openssl', [
    ...['req', '-x509', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1'],
    ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
    ...['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', keyFile, '-out', certFile],
  ]);
  if (status !== 0) throw new Error('The telemetry rows need openssl on the PATH.');
  const answer: RequestListener = (request, response) => {
    request
      .resume()
      .on('end', () => response.end('{"itemsReceived":1,"itemsAccepted":1,"errors":[]}'));
  };
  const insights = createHttpsServer(
    { key: readFileSync(keyFile), cert: readFileSync(certFile) },
    answer,
  );
  const otlp = createHttpServer((request, response) => {
    request.resume().on('end', () => response.end());
  });
  const endpoint = `https://127.0.0.1:${await listen(insights)}/`;
  const environments = [
    { name: 'no destination', environment: {} },
    {
      name: 'Application Insights',
      environment: {
        APPLICATIONINSIGHTS_CONNECTION_STRING: `InstrumentationKey=00000000-0000-0000-0000-000000000000;IngestionEndpoint=${endpoint}`,
        NODE_EXTRA_CA_CERTS: certFile,
      },
    },
    {
      name: 'OTLP',
      environment: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await listen(otlp)}` },
    },
  ];
  return {
    environments,
    stop() {
      for (const server of [insights, otlp]) {
        server.closeAllConnections();
        server.close();
      }
      rmSync(folder, { recursive: true });
    },
  };
}

function listen(server: Pick<Server, 'listen' | 'address'>): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
