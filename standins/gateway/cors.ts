// The cors policy, as its page describes it:
// https://learn.microsoft.com/azure/api-management/cors-policy

import type { OutgoingHttpHeaders } from 'node:http';
import { childOf, type Element, valuesOf } from './policy-xml.ts';

/** Whether an origin is on the list; `*` is every one ("all origins"). */
function isOriginAllowed(cors: Element, origin: string): boolean {
  const origins = valuesOf(cors, 'allowed-origins');
  return origins.includes('*') || origins.some((each) => withPort(each) === withPort(origin));
}

/** "If the port is omitted in a URI, port 80 is used for HTTP and port 443 is used for HTTPS." */
function withPort(origin: string): string {
  if (!URL.canParse(origin)) return origin;
  const { protocol, hostname, port } = new URL(origin);
  return `${protocol}//${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
}

/**
 * Headers of the answer to a preflight; none for an origin that is not allowed ("an empty 200 OK
 * response"). That `*` of allowed-headers is answered with what was asked for is not on the page.
 */
export function preflightHeaders(cors: Element, origin: string, asked: string | undefined) {
  if (!isOriginAllowed(cors, origin)) return {};
  const methods = childOf(cors, 'allowed-methods');
  return {
    'access-control-allow-origin': allowedOrigin(cors, origin),
    'access-control-allow-methods': valuesOf(cors, 'allowed-methods').join(','),
    'access-control-allow-headers': asked ?? valuesOf(cors, 'allowed-headers').join(','),
    'access-control-max-age': methods.attributes['preflight-result-max-age'],
  };
}

/**
 * Headers of every other answer to an allowed origin. That they take the place of those of the
 * backend, and that answers which a policy makes have them too, is not on the page.
 */
export function corsHeaders(cors: Element, origin: string): OutgoingHttpHeaders {
  if (!isOriginAllowed(cors, origin)) return {};
  const exposed = valuesOf(cors, 'expose-headers');
  return {
    'access-control-allow-origin': allowedOrigin(cors, origin),
    ...(exposed.length > 0 && { 'access-control-expose-headers': exposed.join(',') }),
  };
}

function allowedOrigin(cors: Element, origin: string): string {
  return valuesOf(cors, 'allowed-origins').includes('*') ? '*' : origin;
}
