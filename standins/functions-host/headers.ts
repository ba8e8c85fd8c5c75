// Which headers pass the proxy, in which direction, and which are written by it. Names keep their
// case and order; repeated headers of a request arrive as one, those of an answer stay repeated.

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

/**
 * What the host writes into `traceparent` (measured): nothing without telemetry; with classic
 * Application Insights one where there is none; with OpenTelemetry always the span of its own.
 */
export type TraceWriting = 'none' | 'if-absent' | 'own-span';

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
  readonly tracing: TraceWriting;
}

/** Raw request headers (name, value, name, …) for the handler. */
export function requestHeaders(raw: readonly string[], facts: RequestFacts): string[] {
  const kept = joinRepeated(pairs(raw)).filter(
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
  const traced = facts.tracing === 'none' ? kept : withTraceContext(kept, facts.tracing);
  return [...traced, ...written].flat();
}

/** Repeated headers as one, at the place of the first (measured). */
function joinRepeated(headers: readonly [string, string][]): [string, string][] {
  const separators: Readonly<Record<string, string>> = { cookie: '; ', 'user-agent': ' ' };
  const joined = new Map<string, [string, string]>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const first = joined.get(key);
    if (first) first[1] += (separators[key] ?? ', ') + value;
    else joined.set(key, [name, value]);
  }
  return [...joined.values()];
}

function withTraceContext(
  kept: readonly [string, string][],
  tracing: 'if-absent' | 'own-span',
): [string, string][] {
  const find = (wanted: string) => kept.find(([name]) => name.toLowerCase() === wanted)?.[1];
  const headers = kept.filter(([name]) => name.toLowerCase() !== 'traceparent');
  headers.push(['traceparent', traceParent(find('traceparent'), tracing)]);
  const baggage = find('baggage');
  if (baggage !== undefined) headers.push(['Correlation-Context', baggage]);
  return headers;
}

function traceParent(sent: string | undefined, tracing: 'if-absent' | 'own-span'): string {
  if (tracing === 'if-absent' && sent !== undefined) return sent;
  const own = (bytes: number) => randomBytes(bytes).toString('hex');
  const valid = /^00-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-([\da-f]{2})$/.exec(sent ?? '');
  if (valid) return `00-${valid[1]}-${own(8)}-${valid[2]}`;
  return `00-${own(16)}-${own(8)}-${tracing === 'own-span' ? '01' : '00'}`;
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
