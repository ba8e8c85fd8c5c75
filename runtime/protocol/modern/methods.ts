// Which requests of 2026-07-28 reach a server: those whose capability it declares, and those of
// extensions.

import type { Declarations } from '../../exchange/backend.ts';
import type { JsonRpcRequest } from '../../exchange/exchange.ts';
import { HostError } from '../../exchange/refusals.ts';
import { isTaskMethod } from '../tasks.ts';

/** MCP schema 2026-07-28, client requests. */
const CAPABILITY_OF: ReadonlyMap<string, string | undefined> = new Map([
  ['server/discover', undefined],
  ['tools/list', 'tools'],
  ['tools/call', 'tools'],
  ['prompts/list', 'prompts'],
  ['prompts/get', 'prompts'],
  ['resources/list', 'resources'],
  ['resources/templates/list', 'resources'],
  ['resources/read', 'resources'],
  ['completion/complete', 'completions'],
  ['subscriptions/listen', undefined],
]);

/**
 * Requests of the 2025 era that no longer exist; servers of that era would still answer some of them.
 */
const REMOVED: ReadonlySet<string> = new Set([
  'initialize',
  'ping',
  'logging/setLevel',
  'resources/subscribe',
  'resources/unsubscribe',
  'roots/list',
  'sampling/createMessage',
  'elicitation/create',
]);

/**
 * A method that MCP does not know belongs to an extension: only the server can tell whether it has
 * it, and it is asked whatever it declares, as `createMcpHandler` of SDK v2 does.
 * @throws HostError `unknown-method` for a method that was removed, is not offered by the server,
 * or is about tasks.
 */
export function refuseUnknownMethod(
  { method }: JsonRpcRequest,
  { capabilities }: Declarations,
): void {
  const capability = CAPABILITY_OF.get(method);
  const isOffered = capability === undefined || capabilities[capability] !== undefined;
  if (!isOffered || REMOVED.has(method) || isTaskMethod(method)) {
    throw new HostError('unknown-method');
  }
}
