// Log messages of 2026-07-28: sent only to a request that asks for them, from the level it names.

import type { JsonObject, JsonRpcNotification, JsonRpcRequest } from '../../exchange/exchange.ts';
import { META_KEYS, NOTIFICATIONS } from '../../exchange/wire-names.ts';
import { LOG_LEVELS } from '../envelope.ts';

/**
 * @returns whether a notification may be sent before the answer to `request`; its envelope has been
 * checked.
 */
export function isWanted(
  request: JsonRpcRequest,
  { method, params }: JsonRpcNotification,
): boolean {
  if (method !== NOTIFICATIONS.message) return true;
  const level = (request.params?._meta as JsonObject | undefined)?.[META_KEYS.logLevel];
  return level !== undefined && LOG_LEVELS.indexOf(params?.level) >= LOG_LEVELS.indexOf(level);
}
