// `Mcp-Param-*`: tool arguments that a tool's schema marks with `x-mcp-header` are repeated in
// headers, and must agree.

import type { IncomingHttpHeaders } from 'node:http';
import type { JsonRpcRequest } from '../../exchange/exchange.ts';
import { type ParamHeaders, repeatedValue } from '../../exchange/param-headers.ts';
import { HostError } from '../../exchange/refusals.ts';
import { headerOf } from './checks.ts';

/**
 * @throws HostError `header-mismatch` when a marked argument's header is missing, malformed or
 * different.
 */
export function checkParamHeaders(
  request: JsonRpcRequest,
  headers: IncomingHttpHeaders,
  paramHeaders: ParamHeaders | undefined,
): void {
  if (request.method !== 'tools/call' || !paramHeaders) return;
  for (const marked of paramHeaders.get(String(request.params?.name)) ?? []) {
    const value = repeatedValue(request.params?.arguments, marked);
    if (value === undefined) continue;
    const sent = headerOf(headers, marked.header);
    if (sent === undefined || !agrees(sent, value)) throw new HostError('header-mismatch');
  }
}

function agrees(sent: string, value: unknown): boolean {
  if (typeof value !== 'number') return sent === String(value);
  return /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(sent) && Number(sent) === value;
}
