// Tasks (MCP 2025-11-25, basic/utilities/tasks) belong to a session, and this host has none: with a server's task store
// all callers would share their tasks. They are hidden whole, as from a server that does not offer them.

import { isObject } from '../../config/json-value.ts';
import type { JsonObject, JsonRpcRequest } from '../exchange/exchange.ts';
import { META_KEYS } from '../exchange/wire-names.ts';

export function isTaskMethod(method: string): boolean {
  return method.startsWith('tasks/');
}

/** @returns the request without the wish for a task, which a server without tasks ignores, and without a related one. */
export function withoutTasks(request: JsonRpcRequest): JsonRpcRequest {
  const { params } = request;
  if (params === undefined || !('task' in params || namesTask(params._meta))) return request;
  const { task: _, ...rest } = params;
  return { ...request, params: { ...rest, ...withoutRelated(params._meta) } };
}

function namesTask(meta: unknown): boolean {
  return isObject(meta) && META_KEYS.relatedTask in meta;
}

function withoutRelated(meta: unknown): JsonObject {
  if (!isObject(meta)) return {};
  const { [META_KEYS.relatedTask]: _, ...rest } = meta;
  return { _meta: rest };
}
