// A stand-in for the ingestion endpoint of Application Insights on loopback: keeps the envelopes
// that the real exporter sends, and answers as well or as badly as a test wants.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFailed, onTestFinished } from 'vitest';
import { certificate } from './certificate.ts';

/** As on the wire (Application Insights, schema 2). */
export interface Envelope {
  readonly name: string;
  readonly sampleRate: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly data: {
    readonly baseType: string;
    readonly baseData: {
      readonly name: string;
      readonly id: string;
      readonly success: boolean;
      readonly duration: string;
      readonly data?: string;
      readonly target?: string;
      readonly message?: string;
      readonly properties: Readonly<Record<string, string>>;
      readonly metrics?: readonly { name: string; value: number; count?: number; max?: number }[];
    };
  };
}

/** How each POST is answered. */
export interface Behavior {
  /** Default: 200. */
  status?: number;
  /** Milliseconds before the answer. Default: 0. */
  delayMs?: number;
  /** True: there is never an answer. */
  hangs?: boolean;
}

export interface Ingestion {
  readonly port: number;
  readonly connectionString: string;
  /** What the exporter needs to trust this endpoint. */
  readonly env: Readonly<Record<string, string>>;
  readonly envelopes: Envelope[];
  /** Each POST: its headers. */
  readonly posts: IncomingMessage['headers'][];
  behavior: Behavior;
  requests(): Envelope[];
  dependencies(): Envelope[];
  /** Waits until this many requests have arrived. @throws after 10 s, telling what has. */
  waitForRequests(count: number): Promise<Envelope[]>;
  /** Waits until an envelope has been refused that passes. */
  waitForRefused(accepts: (envelope: Envelope) => boolean): Promise<void>;
  /** Waits until an envelope passes. */
  waitFor(accepts: (envelope: Envelope) => boolean): Promise<Envelope>;
}

/** Starts an endpoint that is closed when the test ends. */
export async function startIngestion(behavior: Behavior = {}): Promise<Ingestion> {
  const { key, cert, certFile } = certificate();
  const envelopes: Envelope[] = [];
  const refused: Envelope[] = [];
  const posts: IncomingMessage['headers'][] = [];
  const listeners = new Set<() => void>();
  const server = createServer({ key, cert }, (request, response) => {
    // A host that a test kills while it sends has sent nothing.
    const nothing = (): void => {};
    void readText(request).then((text) => {
      posts.push(request.headers);
      const isTaken = (ingestion.behavior.status ?? 200) === 200;
      (isTaken ? envelopes : refused).push(...JSON.parse(text));
      answer(response, ingestion.behavior);
      for (const listener of listeners) listener();
    }, nothing);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  onTestFailed(() => {
    console.error(`Arrived: ${JSON.stringify(envelopes.map(summary), null, 1)}`);
  });
  const { port } = server.address() as AddressInfo;
  const endpoint = `https://127.0.0.1:${port}/`;
  const ofType = (baseType: string) => envelopes.filter(({ data }) => data.baseType === baseType);
  const until = (isReached: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (!isReached()) return;
        listeners.delete(check);
        resolve();
      };
      listeners.add(check);
      check();
    });
  const ingestion: Ingestion = {
    port,
    connectionString: `InstrumentationKey=00000000-0000-0000-0000-000000000000;IngestionEndpoint=${endpoint};LiveEndpoint=${endpoint}`,
    get env() {
      return {
        APPLICATIONINSIGHTS_CONNECTION_STRING: ingestion.connectionString,
        NODE_EXTRA_CA_CERTS: certFile,
        OTEL_SERVICE_NAME: 'mcp-host',
      };
    },
    envelopes,
    posts,
    behavior,
    requests: () => ofType('RequestData'),
    dependencies: () => ofType('RemoteDependencyData'),
    async waitForRequests(count) {
      await until(() => ofType('RequestData').length >= count);
      return ofType('RequestData');
    },
    waitForRefused: (accepts) => until(() => refused.some(accepts)),
    async waitFor(accepts) {
      await until(() => envelopes.some(accepts));
      return envelopes.find(accepts) as Envelope;
    },
  };
  return ingestion;
}

/** Role, name, success and what else tells rows apart. */
function summary({ tags, data }: Envelope) {
  const { name, success, message, metrics } = data.baseData;
  return {
    type: data.baseType,
    role: tags['ai.cloud.role'],
    name: name ?? message ?? metrics?.[0]?.name,
    success,
  };
}

function answer(response: ServerResponse, { status = 200, delayMs = 0, hangs }: Behavior): void {
  if (hangs) return;
  setTimeout(() => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ itemsReceived: 1, itemsAccepted: 1, errors: [] }));
  }, delayMs);
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = '';
  request.setEncoding('utf8');
  for await (const chunk of request) text += chunk;
  return text;
}
