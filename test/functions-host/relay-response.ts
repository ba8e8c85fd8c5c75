// The way back: the handler's answer to the client, chunk by chunk, and the answer of the Functions
// host itself when there is none.

import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { responseHeaders } from './headers.ts';

const statusesWithoutBody = [204, 304];

/**
 * Passes an answer on. Each chunk goes at once, but status and headers wait for the first body byte
 * or the end (measured). Interim answers and trailers are lost.
 *
 * @throws Error when the handler's connection ends early, or the reason of `signal`.
 */
export async function relayResponse(
  answer: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
  onChunk: () => void,
): Promise<void> {
  const status = answer.statusCode ?? 500;
  const headers = responseHeaders(answer.rawHeaders);
  const sendHead = () => response.writeHead(status, answer.statusMessage ?? '', headers);
  for await (const chunk of answer) {
    onChunk();
    if (!response.headersSent) sendHead();
    if (!response.write(chunk)) await once(response, 'drain', { signal });
    onChunk();
  }
  if (!response.headersSent) {
    const hasLength = answer.headers['content-length'] !== undefined;
    const mayHaveBody = response.req.method !== 'HEAD' && !statusesWithoutBody.includes(status);
    if (mayHaveBody && !hasLength) headers.push('Content-Length', '0');
    sendHead();
  }
  response.end();
}

/** An answer of the Functions host itself: never a body, and no header but these. */
export function answerEmpty(response: ServerResponse, status: number, connection?: 'close'): void {
  response.writeHead(status, {
    'Content-Length': '0',
    ...(connection && { Connection: connection }),
  });
  response.end();
}

/** The end of a failed exchange: an empty 500 while nothing was sent, afterwards a reset. */
export function answerFailure(response: ServerResponse, connection?: 'close'): void {
  if (response.destroyed) return;
  if (response.headersSent) response.socket?.resetAndDestroy();
  else answerEmpty(response, 500, connection);
}
