// What every span passes on its way out, ours and those of servers' own libraries: the name and
// role of its server, URLs without what may be secret, and a bound on what waits.

import type { Context } from '@opentelemetry/api';
import { globalErrorHandler } from '@opentelemetry/core';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { SERVER_KEY } from './mcp-observer.ts';
import { ATTRIBUTES } from './names.ts';

/** Attributes with a whole URL, by stable and by older conventions. */
const URL_ATTRIBUTES = ['url.full', 'http.url', 'http.target'];
const METHOD_ATTRIBUTES = ['http.request.method', 'http.method'];
/** Repeat what others say, or say it with the query. */
const LEFT_OUT = [
  'url.query',
  'user_agent.original',
  'http.user_agent',
  'http.request.method_original',
];

/**
 * @param resource that of the process; its service name becomes the namespace of each server's
 * role.
 */
export function createSpanPipeline(
  resource: Resource,
  serviceName: string,
  outputs: readonly SpanProcessor[],
): SpanProcessor {
  const roles = new Map<string, Resource>();
  const roleOf = (server: string): Resource => {
    const role = { 'service.namespace': serviceName, 'service.name': server };
    const known = roles.get(server) ?? resource.merge(resourceFromAttributes(role));
    roles.set(server, known);
    return known;
  };
  return {
    onStart(span: Span, parent: Context) {
      const server = parent.getValue(SERVER_KEY);
      if (typeof server === 'string') span.setAttribute(ATTRIBUTES.serverName, server);
    },
    onEnd(span: ReadableSpan) {
      const { attributes } = span;
      const server = attributes[ATTRIBUTES.serverName];
      // Read-only in the types; a provider has one resource, and this process is many servers.
      if (typeof server === 'string') (span as { resource: Resource }).resource = roleOf(server);
      const errorType = attributes[ATTRIBUTES.errorType];
      if (errorType !== undefined) attributes[ATTRIBUTES.mcpErrorType] = errorType;
      redact(span);
      for (const output of outputs) output.onEnd(span);
    },
    forceFlush: () => all(outputs.map((output) => output.forceFlush())),
    shutdown: () => all(outputs.map((output) => output.shutdown())),
  };
}

/** A destination that fails must not keep another from being flushed. */
async function all(work: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) {
    if (result.status === 'rejected') globalErrorHandler(result.reason);
  }
}

function redact(span: ReadableSpan): void {
  const { attributes } = span;
  for (const name of URL_ATTRIBUTES) {
    const url = attributes[name];
    if (typeof url === 'string') attributes[name] = withoutSecrets(url);
  }
  for (const name of LEFT_OUT) delete attributes[name];
  // The span of a failed `fetch` tells the error already; its event would be a second row.
  if (METHOD_ATTRIBUTES.some((name) => attributes[name] !== undefined)) span.events.length = 0;
}

/** Without query, fragment and user; a path is kept, so keys do not belong in it. */
function withoutSecrets(url: string): string {
  return url.split(/[?#]/, 1)[0]?.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, '$1') ?? '';
}
