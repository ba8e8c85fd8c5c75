// The HTTP answer for a request that this host refuses outside of an exchange.

import type { PassThrough } from 'node:stream';
import type { JsonRpcError, RequestId } from './exchange.ts';
import type { HostError } from './refusals.ts';

/** Status, headers and body; the mount writes them to the client. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | PassThrough;
}

export const JSON_HEADERS = { 'content-type': 'application/json' } as const;

/** What Node says when the client leaves in the middle of its body. */
export const CLIENT_GONE = 'ECONNRESET';

/** @param id of the refused request; null where it could not be read (JSON-RPC 2.0, section 5). */
export function refusalAnswer(error: HostError, id: RequestId | null): HttpAnswer {
  const body: { jsonrpc: '2.0'; id: RequestId | null; error: JsonRpcError } = {
    jsonrpc: '2.0',
    id,
    error: error.error,
  };
  return {
    status: error.status,
    headers: { ...JSON_HEADERS, ...error.headers },
    body: JSON.stringify(body),
  };
}
