// A receiver of OTLP over HTTP on loopback, which keeps the bytes of what is posted to it.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface OtlpReceiver {
  readonly url: string;
  /** Path and body of each POST. */
  readonly received: { path: string; body: string }[];
  waitFor(path: string, text: string): Promise<void>;
}

/** Starts a receiver that is closed when the test ends. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const received: OtlpReceiver['received'] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('latin1').on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      received.push({ path: request.url ?? '', body });
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
      for (const check of waiting) check();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    waitFor: (path, text) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (received.some((post) => post.path === path && post.body.includes(text))) resolve();
        };
        waiting.add(check);
        check();
      }),
  };
}
