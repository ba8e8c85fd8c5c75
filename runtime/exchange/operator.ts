// Checks whether a request comes from this machine, so that its sender may see more than other
// callers.

import type { IncomingMessage } from 'node:http';
import { isLoopbackHost } from '../../config/loopback.ts';

/**
 * Behind the Functions host every peer is loopback; its headers tell that the request came from
 * outside. A browser on this machine is loopback too; its Host tells that a foreign page sent it.
 */
export function isOperator({
  socket,
  headers,
}: Pick<IncomingMessage, 'socket' | 'headers'>): boolean {
  const address = socket.remoteAddress ?? '';
  const isLoopback = address === '::1' || address.replace('::ffff:', '').startsWith('127.');
  return (
    isLoopback &&
    isLoopbackHost(headers.host) &&
    headers['x-forwarded-for'] === undefined &&
    headers['x-azure-functions-invocationid'] === undefined
  );
}
