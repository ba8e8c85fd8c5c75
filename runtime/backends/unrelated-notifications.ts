// Which notifications that name no request may go to the one request of a per-request server.

import { isObject } from '../../config/json-value.ts';
import type { Exchange, JsonRpcNotification } from '../exchange/exchange.ts';
import { NOTIFICATIONS } from '../exchange/wire-names.ts';

/**
 * Log messages, and progress under the request's own token. Changes concern watching clients, and
 * of any other notification no one can tell whether it is meant for this caller.
 */
export function belongsTo(
  { request }: Pick<Exchange, 'request'>,
  { method, params }: JsonRpcNotification,
): boolean {
  if (method === NOTIFICATIONS.message) return true;
  if (method !== NOTIFICATIONS.progress) return false;
  const meta = request.params?._meta;
  const token = isObject(meta) ? meta.progressToken : undefined;
  return token !== undefined && token === params?.progressToken;
}
