// Requests of 2026-07-28 as a client sends them, and every part of them that can be left out or be
// wrong.

import type { TestHost } from '../../start-host.ts';
import { PATH } from './mounts.ts';

export const VERSION_KEY = 'io.modelcontextprotocol/protocolVersion';
export const CAPABILITIES_KEY = 'io.modelcontextprotocol/clientCapabilities';

export const ENVELOPE = { [VERSION_KEY]: '2026-07-28', [CAPABILITIES_KEY]: {} };

export interface ModernParts {
  readonly method: string;
  readonly params?: object;
  /** Default: {@link ENVELOPE}; null leaves `_meta` out. */
  readonly meta?: unknown;
  /** Default: those that belong to the request; null leaves one out. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** Default: 1; null makes it a notification. */
  readonly id?: unknown;
}

export interface ModernRequest {
  readonly body: string;
  readonly headers: Record<string, string>;
}

/** Builds the request; what is not given is right. */
export function modern({
  method,
  params = {},
  meta = ENVELOPE,
  headers = {},
  id = 1,
}: ModernParts): ModernRequest {
  const { name, uri } = params as { name?: string; uri?: string };
  const all: Record<string, string | null> = {
    'content-type': 'application/json',
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    'mcp-name': name ?? uri ?? null,
    ...headers,
  };
  const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null);
  const message = {
    jsonrpc: '2.0',
    ...(id !== null && { id }),
    method,
    params: { ...params, ...(meta !== null && { _meta: meta }) },
  };
  return { body: JSON.stringify(message), headers: Object.fromEntries(given) };
}

/** Sends such a request to a mount; by default to the one that serves it. */
export function sendModern({ app }: TestHost, parts: ModernParts, url: string = PATH) {
  const { body, headers } = modern(parts);
  const all = { host: 'localhost', ...headers };
  return app.inject({ method: 'POST', url, headers: all, payload: body });
}
