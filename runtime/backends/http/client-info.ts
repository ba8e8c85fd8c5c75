// The name with which this host introduces itself to a server.

import type { Client, JsonObject } from '../../exchange/exchange.ts';

/** The client that the request is for, where it has a whole name; else this host. */
export function infoOf(client: Client | undefined): JsonObject {
  const { info } = client ?? {};
  const isWhole = typeof info?.name === 'string' && typeof info.version === 'string';
  return isWhole ? info : { name: 'functions-mcp-host', version: '1' };
}
