// A loopback stand-in for the US National Weather Service, with faults that a test chooses per
// path.

import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

/** How the fake treats one request. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** One request as the fake saw it. */
export interface Arrival {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Resolves once its connection or its answer is over. */
  readonly closed: Promise<unknown>;
}

/** The running fake. */
export interface NwsFake {
  readonly url: string;
  /** All requests so far, in order. */
  readonly arrivals: readonly Arrival[];
  /** Answers requests whose path begins with `path` in this order; the last one repeats. */
  when(path: string, ...answers: Answer[]): void;
  /** Resolves with the next request that comes in. */
  nextArrival(): Promise<Arrival>;
  close(): Promise<void>;
}

/**
 * Starts the fake on a free loopback port. Paths without an answer are 404, as at the real service.
 */
export async function startNwsFake(): Promise<NwsFake> {
  const routes: { path: string; answers: Answer[] }[] = [];
  const arrivals: Arrival[] = [];
  const events = new EventEmitter();
  const server = createServer((request, response) => {
    response.on('error', () => undefined);
    const path = request.url ?? '';
    const arrival = { path, headers: request.headers, closed: once(response, 'close') };
    arrivals.push(arrival);
    events.emit('arrival', arrival);
    const route = routes.find((candidate) => path.startsWith(candidate.path));
    const answer = route && (route.answers.length > 1 ? route.answers.shift() : route.answers[0]);
    (answer ?? status(404))(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivals,
    when: (path, ...answers) => void routes.unshift({ path, answers }),
    nextArrival: async () => (await once(events, 'arrival'))[0],
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** A JSON answer. */
export const json = (value: unknown): Answer => text(JSON.stringify(value));

/** An answer with any text as its body. */
export const text =
  (body: string): Answer =>
  (_request, response) =>
    void response.setHeader('content-type', 'application/geo+json').end(body);

/** An answer that is only a status, with headers and a body that must not reach a caller. */
export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_request, response) =>
    void response.writeHead(code, headers).end('upstream-secret');

/** Takes the request and never answers. */
export const hang: Answer = () => undefined;

/** Sends its body a byte at a time, for ever. */
export const trickle: Answer = (_request, response) => {
  const timer = setInterval(() => response.write(' '), 10);
  response.on('close', () => clearInterval(timer));
};

/** Closes the connection in the middle of the body. */
export const resetMidBody: Answer = (_request, response) => {
  response.write('{"features":[', () => response.destroy());
};

/** Offers 10 GB, as fast as they are taken, and counts the bytes that were handed to the socket. */
export function tenGigabytes(): { answer: Answer; sentBytes: () => number } {
  const chunk = Buffer.alloc(64 * 1024, 0x20);
  let sentBytes = 0;
  const answer: Answer = (_request, response) => {
    const send = () => {
      while (!response.destroyed && sentBytes < 10 * 1024 ** 3) {
        sentBytes += chunk.byteLength;
        if (!response.write(chunk)) return void response.once('drain', send);
      }
    };
    send();
  };
  return { answer, sentBytes: () => sentBytes };
}

const gzippedBlanks = gzipSync(Buffer.alloc(8 * 1024 ** 2, 0x20));

/** A gzip body of about 8 kB that unpacks to 8 MB of blanks. */
export const gzipBomb: Answer = (_request, response) =>
  void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzippedBlanks);
