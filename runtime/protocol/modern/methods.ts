// The requests of 2026-07-28 and the capability that a server must declare to be asked them.

import type { Declarations } from '../../exchange/backend.ts';
import type { JsonRpcRequest } from '../../exchange/exchange.ts';
import { HostError } from '../../exchange/refusals.ts';

/** MCP schema 2026-07-28, client requests; methods that were removed are absent, like unknown ones. */
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

/** @throws HostError `unknown-method` for a method that is unknown, removed or not offered by the server. */
export function refuseUnknownMethod(request: JsonRpcRequest, declarations: Declarations): void {
  const { method } = request;
  const capability = CAPABILITY_OF.get(method);
  const isOffered = capability === undefined || declarations.capabilities[capability] !== undefined;
  if (!CAPABILITY_OF.has(method) || !isOffered) throw new HostError('unknown-method');
}
