// Log messages of 2026-07-28: sent only to a request that asks for them, from the level it names.

import type { JsonObject, JsonRpcNotification, JsonRpcRequest } from '../../exchange/exchange.ts';
import { LOG_LEVEL_KEY, LOG_LEVELS } from '../envelope.ts';

/** @returns whether a notification may be sent before the answer to `request`; its envelope has been checked. */
export function logFilter(request: JsonRpcRequest): (notification: JsonRpcNotification) => boolean {
  const level = (request.params?._meta as JsonObject | undefined)?.[LOG_LEVEL_KEY];
  const threshold = level === undefined ? Number.POSITIVE_INFINITY : LOG_LEVELS.indexOf(level);
  return ({ method, params }) =>
    method !== 'notifications/message' || LOG_LEVELS.indexOf(params?.level) >= threshold;
}
