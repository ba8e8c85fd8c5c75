// Tool calls as messages and as raw requests, and waiting for what the fixture's tools tell.

import { expect } from 'vitest';
import { type ClientRequest, send } from '../../../standins/functions-host/fixtures/client.ts';
import type { FunctionsHost } from '../../../standins/functions-host/functions-host.ts';
import { type Message, type PostAnswer, post } from '../../runtime/post.ts';

/** A `tools/call` message. */
export function toolCall(name: string, args: object = {}): Message {
  return { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } };
}

/** A message for the clients that send requests as they are. */
export function asRequest(message: object, more: ClientRequest = {}): ClientRequest {
  return {
    method: 'POST',
    body: JSON.stringify(message),
    ...more,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...more.headers,
    },
  };
}

/** Calls `echo` of a server and checks its answer. */
export async function expectEcho(
  baseUrl: string,
  server = 'tools',
  headers: Record<string, string> = {},
): Promise<PostAnswer> {
  const answer = await post(
    `${baseUrl}/${server}/mcp`,
    toolCall('echo', { text: 'hello' }),
    headers,
  );
  expect(answer).toMatchObject({ status: 200, text: 'hello' });
  return answer;
}

/**
 * Resolves when a tool of the fixture has told the event, now or earlier: `held x`, `aborted x`.
 */
export async function happened(baseUrl: string, event: string): Promise<void> {
  const answer = await post(`${baseUrl}/tools/mcp`, toolCall('wait-for', { event }));
  expect(answer).toMatchObject({ status: 200, text: event });
}

/** Lets the held call of that name return. */
export async function release(baseUrl: string, name: string): Promise<void> {
  const answer = await post(`${baseUrl}/tools/mcp`, toolCall('release', { name }));
  expect(answer.status).toBe(200);
}

/**
 * Resolves when all lines about earlier requests are there: the handler collects lines before it
 * writes them.
 */
export async function logWritten(
  host: Pick<FunctionsHost, 'url' | 'outputLine'>,
  headers: Record<string, string> = {},
): Promise<void> {
  await send(host.url, '/comes-last', { headers });
  await host.outputLine(/comes-last/);
}
