// Tasks (MCP 2025-11-25, basic/utilities/tasks, and the tasks extension of 2026-07-28) belong to
// one caller, and this host cannot bind them to it yet: with a server's task store all callers
// would share their tasks. They are hidden whole, as from a server that does not offer them.

import { isObject } from '../../config/json-value.ts';
import type { Answer, JsonObject, JsonRpcRequest } from '../exchange/exchange.ts';
import { HostError } from '../exchange/refusals.ts';
import { META_KEYS } from '../exchange/wire-names.ts';

/** Members of capabilities whose keys name extensions. */
const EXTENSIONS = ['extensions', 'experimental'];

/**
 * Methods of MCP whose `params.task` asks for a task; an extension may mean something else by it.
 */
const AUGMENTED = /^(?:tools|prompts|resources|completion)\//;

/** Methods and notifications of tasks, and those of any extension called `…/tasks`. */
export function isTaskMethod(method: string): boolean {
  return (
    method.startsWith('tasks/') || method.includes('/tasks/') || method === 'notifications/tasks'
  );
}

/**
 * @returns the capabilities of a server or client without `tasks` and without any key that ends in
 * `/tasks`.
 */
export function withoutTaskCapabilities(capabilities: JsonObject): JsonObject {
  const kept = Object.entries(capabilities).flatMap(([name, value]) => {
    if (name === 'tasks' || isTaskKey(name)) return [];
    return [[name, EXTENSIONS.includes(name) ? withoutTaskKeys(value) : value]];
  });
  return Object.fromEntries(kept);
}

/**
 * @returns the request without the wish for a task, which a server without tasks ignores, without a
 * related one, and without the client's support for tasks, so that a server answers with a result
 * where it can.
 */
export function withoutTasks(request: JsonRpcRequest): JsonRpcRequest {
  const { method, params } = request;
  if (params === undefined) return request;
  const asksForTask = 'task' in params && AUGMENTED.test(method);
  if (!asksForTask && !namesTask(params._meta)) return request;
  const { task, ...rest } = params;
  const kept = asksForTask ? rest : params;
  return { ...request, params: { ...kept, ...withoutRelated(params._meta) } };
}

/**
 * @throws HostError `task-result` for a task in place of a result: no one could ask for its result.
 */
export function refuseTask({ method }: JsonRpcRequest, answer: Answer): void {
  if (!('result' in answer) || !isObject(answer.result)) return;
  const { resultType, task } = answer.result;
  const isCreated = method === 'tools/call' && isTask(task);
  if (resultType === 'task' || isCreated) throw new HostError('task-result');
}

function isTask(value: unknown): boolean {
  return isObject(value) && typeof value.taskId === 'string';
}

function isTaskKey(key: string): boolean {
  return key.endsWith('/tasks');
}

function withoutTaskKeys(value: unknown): unknown {
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !isTaskKey(key)));
}

function namesTask(meta: unknown): boolean {
  if (!isObject(meta)) return false;
  if (META_KEYS.relatedTask in meta) return true;
  const capabilities = meta[META_KEYS.clientCapabilities];
  return isObject(capabilities) && hasTasks(capabilities);
}

function hasTasks(capabilities: JsonObject): boolean {
  for (const name in capabilities) {
    if (name === 'tasks' || isTaskKey(name)) return true;
    const value = capabilities[name];
    if (EXTENSIONS.includes(name) && isObject(value) && Object.keys(value).some(isTaskKey)) {
      return true;
    }
  }
  return false;
}

function withoutRelated(meta: unknown): JsonObject {
  if (!isObject(meta)) return {};
  const { [META_KEYS.relatedTask]: _, ...rest } = meta;
  const capabilities = rest[META_KEYS.clientCapabilities];
  if (!isObject(capabilities)) return { _meta: rest };
  const kept = withoutTaskCapabilities(capabilities);
  return { _meta: { ...rest, [META_KEYS.clientCapabilities]: kept } };
}
