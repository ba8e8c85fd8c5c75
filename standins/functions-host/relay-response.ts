// The way back: the handler's answer to the client, chunk by chunk, and the answer of the Functions
// host itself when there is none.

import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { responseHeaders } from './headers.ts';

const statusesWithoutBody = [204, 304];
/** Of all answers that do not bring one of their own. */
const serverHeader = { Server: 'Kestrel' };

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
  if (answer.headers.server === undefined) headers.push('Server', serverHeader.Server);
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

/** What the Functions host answers itself has no body, its homepage excepted. */
export function answerEmpty(response: ServerResponse, status: number, connection?: 'close'): void {
  answerText(response, status, '', connection);
}

/** An answer of the Functions host itself. */
export function answerText(
  response: ServerResponse,
  status: number,
  text: string,
  connection?: 'close',
): void {
  response.writeHead(status, {
    ...serverHeader,
    ...(status !== 204 && { 'Content-Length': Buffer.byteLength(text) }),
    ...(connection && { Connection: connection }),
  });
  response.end(text);
}

/** The end of a failed exchange: an empty 500 while nothing was sent, afterwards a reset. */
export function answerFailure(response: ServerResponse, connection?: 'close'): void {
  if (response.destroyed) return;
  if (response.headersSent) response.socket?.resetAndDestroy();
  else answerEmpty(response, 500, connection);
}
