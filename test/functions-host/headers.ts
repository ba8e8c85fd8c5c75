// Which headers pass the proxy, in which direction, and which are written by it. Names keep their
// case and order, repeated headers stay repeated.

import { randomBytes } from 'node:crypto';

// yarp: ReverseProxy/Forwarder/RequestUtilities.cs
const hopHeaders = new Set([
  'alpn',
  'alt-svc',
  'close',
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'proxy-features',
  'proxy-instruction',
  'security-scheme',
  'strict-transport-security',
  'te',
  'transfer-encoding',
  'upgrade',
  'upgrade-insecure-requests',
]);

const writtenByHost = new Set([
  'content-length',
  'forwarded',
  'host',
  'x-azure-functions-hostversion',
  'x-azure-functions-invocationid',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-prefix',
  'x-forwarded-proto',
  'x-ms-invocation-id',
]);

/** What the proxy knows about a request when it writes headers. */
export interface RequestFacts {
  readonly handlerPort: number;
  readonly hostVersion: string;
  readonly invocationId: string;
  /** Address of the TCP peer; `X-Forwarded-For` becomes this. */
  readonly peerAddress: string;
  /** Host header of the client's request. */
  readonly clientHost: string;
  /** `Content-Length` to send, `chunked`, or none. */
  readonly body: number | 'chunked' | undefined;
  /** Application Insights is configured: only then is a trace context added (measured). */
  readonly addsTraceContext: boolean;
}

/** Raw request headers (name, value, name, …) for the handler. */
export function requestHeaders(raw: readonly string[], facts: RequestFacts): string[] {
  const kept = pairs(raw).filter(
    ([name]) => !hopHeaders.has(name.toLowerCase()) && !writtenByHost.has(name.toLowerCase()),
  );
  const written: [string, string][] = [
    ['Host', `127.0.0.1:${facts.handlerPort}`],
    ['X-Forwarded-For', facts.peerAddress],
    ['X-Forwarded-Host', facts.clientHost],
    ['X-Forwarded-Proto', 'http'],
    ['X-Azure-Functions-HostVersion', facts.hostVersion],
    ['X-Azure-Functions-InvocationId', facts.invocationId],
    ['x-ms-invocation-id', facts.invocationId],
  ];
  if (facts.body === 'chunked') written.push(['Transfer-Encoding', 'chunked']);
  else if (facts.body !== undefined) written.push(['Content-Length', String(facts.body)]);
  if (facts.addsTraceContext) written.push(...traceContext(kept));
  return [...kept, ...written].flat();
}

function traceContext(kept: readonly [string, string][]): [string, string][] {
  const find = (wanted: string) => kept.find(([name]) => name.toLowerCase() === wanted)?.[1];
  const added: [string, string][] = [];
  if (find('traceparent') === undefined) {
    const [traceId, spanId] = [16, 8].map((bytes) => randomBytes(bytes).toString('hex'));
    added.push(['traceparent', `00-${traceId}-${spanId}-00`]);
  }
  const baggage = find('baggage');
  if (baggage !== undefined) added.push(['Correlation-Context', baggage]);
  return added;
}

/** Raw response headers for the client. */
export function responseHeaders(raw: readonly string[]): string[] {
  return pairs(raw)
    .filter(([name]) => !hopHeaders.has(name.toLowerCase()))
    .flat();
}

/** Name and value of each raw header. */
export function pairs(raw: readonly string[]): [string, string][] {
  const result: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    result.push([raw[index] ?? '', raw[index + 1] ?? '']);
  }
  return result;
}
