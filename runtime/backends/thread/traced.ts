// HTTP requests that a server in a thread sends, seen through undici's diagnostics channels, which
// `fetch` of Node publishes to as well: the host records them, and the receiver learns the trace.

import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import type { Exchange, OutgoingRequest, Trace } from '../../exchange/exchange.ts';

/** A request of undici, as far as its channels document it. */
interface UndiciRequest {
  readonly method: string;
  readonly origin: string | URL;
  readonly path: string;
  addHeader(name: string, value: string): unknown;
}

interface Sent {
  readonly trace: Trace;
  readonly startedAt: number;
}

/** Only for records: whom a request belongs to by asynchronous context can be wrong. */
const current = new AsyncLocalStorage<Trace>();
const sent = new WeakMap<UndiciRequest, Sent>();
let isWatching = false;

/** Runs the work of an exchange; asynchronous context costs nothing where no one traces. */
export function traced<T>({ trace }: Exchange, work: () => T): T {
  if (!trace) return work();
  watch();
  return current.run(trace, work);
}

function watch(): void {
  if (isWatching) return;
  isWatching = true;
  subscribe('undici:request:create', (message) => {
    const { request } = message as { request: UndiciRequest };
    const trace = current.getStore();
    if (!trace) return;
    sent.set(request, { trace, startedAt: now() });
    request.addHeader('traceparent', trace.traceparent);
  });
  subscribe('undici:request:headers', (message) => {
    const { request, response } = message as {
      request: UndiciRequest;
      response: { statusCode: number };
    };
    end(request, { status: response.statusCode });
  });
  subscribe('undici:request:error', (message) => {
    const { request, error } = message as { request: UndiciRequest; error: NodeJS.ErrnoException };
    end(request, { errorType: error.code ?? error.name });
  });
}

function end(request: UndiciRequest, outcome: Pick<OutgoingRequest, 'status' | 'errorType'>): void {
  const found = sent.get(request);
  if (!found || !sent.delete(request)) return;
  const { trace, startedAt } = found;
  const { method, origin, path } = request;
  trace.sent({ method, url: withoutQuery(origin, path), startedAt, endedAt: now(), ...outcome });
}

/** Queries and fragments may hold secrets. */
function withoutQuery(origin: string | URL, path: string): string {
  return String(new URL(path.split(/[?#]/, 1)[0] ?? '', origin));
}

function now(): number {
  return performance.timeOrigin + performance.now();
}
