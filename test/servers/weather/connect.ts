// Connects an official SDK v1 client to a weather server in this process.

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { createServer } from '../../../servers/weather/index.ts';

type Limits = Parameters<typeof createServer>[1];

/** A connected client. */
export interface WeatherClient {
  readonly client: Client;
  call(tool: string, args: object, signal?: AbortSignal): Promise<CallToolResult>;
}

/**
 * Builds a server over `baseUrl`, by default with a short retry pause, and connects a client to it.
 */
export async function connectWeather(
  baseUrl: string,
  limits: Limits = { retryDelayMs: 1 },
): Promise<WeatherClient> {
  const server = createServer({ env: { WEATHER_API_BASE_URL: baseUrl } }, limits);
  const client = new Client({ name: 'test', version: '1.0.0' });
  const [serverSide, clientSide] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(serverSide), client.connect(clientSide)]);
  return {
    client,
    call: async (name, args, signal) =>
      (await client.callTool({ name, arguments: { ...args } }, undefined, {
        ...(signal && { signal }),
      })) as CallToolResult,
  };
}

/** The text of a result with one text block. */
export function textOf(result: CallToolResult): string {
  const [block] = result.content;
  return block?.type === 'text' ? block.text : '';
}
