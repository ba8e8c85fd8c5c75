// The MCP headers of one request of 2026-07-28: they repeat what is in the body.

import type { JsonRpcRequest } from '../../exchange/exchange.ts';
import { type ParamHeaders, repeatedValue } from '../../exchange/param-headers.ts';
import { NAMED_BY } from '../../exchange/wire-names.ts';

/** @param paramHeaders which arguments the server's own tools repeat; undefined while unknown. */
export function modernHeaders(
  { method, params }: Pick<JsonRpcRequest, 'method' | 'params'>,
  version: string,
  paramHeaders: ParamHeaders | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {
    'mcp-protocol-version': version,
    'mcp-method': headerText(method),
  };
  const name = params?.[NAMED_BY.get(method) ?? ''];
  if (typeof name === 'string') headers['mcp-name'] = headerText(name);
  if (method !== 'tools/call') return headers;
  for (const marked of paramHeaders?.get(String(params?.name)) ?? []) {
    const value = repeatedValue(params?.arguments, marked);
    if (value !== undefined) headers[marked.header] = headerText(String(value));
  }
  return headers;
}

/** As it is, or encoded where a header could not carry it (MCP 2026-07-28, "Value encoding"). */
function headerText(value: string): string {
  const isPlain = /^[\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?$/.test(value);
  if (isPlain && !/^=\?base64\?.*\?=$/.test(value)) return value;
  return `=?base64?${Buffer.from(value, 'utf8').toString('base64')}?=`;
}
