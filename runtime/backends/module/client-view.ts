// The client as a server sees it: able to be asked everything (the host checks the real one), with
// the host's patience instead of the SDK's 60 s, and without rejections that no one awaits.

import type { Exchange } from '../../exchange/exchange.ts';
import { HandlerClient } from './handler-client.ts';
import type { SdkServer } from './sdk-server.ts';
import { swallowRejection } from './swallow-rejection.ts';

/**
 * The host itself ends every question (`inputTimeoutMs`, counted anew when it is asked again), so
 * the SDK's own limit only must not come first: the longest time that a timer takes.
 */
const TIMEOUT_MS = 2 ** 31 - 1;

/** Convenience methods of `Server` whose promise an abandoned handler may leave alone. */
const ASKING_METHODS = ['elicitInput', 'createMessage', 'listRoots'] as const;

type Method = (...values: unknown[]) => unknown;

/**
 * Call once, before the server is connected.
 * @param exchange the caller of a per-request server; a shared one has the caller of the handler
 * that asks.
 */
export function presentClient(server: SdkServer, exchange?: Exchange): void {
  const protocol = server.protocol as unknown as Record<string, Method>;
  const handlerClient = new HandlerClient(server);
  const clientNow = () => (exchange ?? handlerClient.exchange)?.client;
  protocol.getClientCapabilities = () => clientNow()?.capabilities ?? {};
  protocol.getClientVersion = () => clientNow()?.info;
  for (const name of ASKING_METHODS) {
    const method = protocol[name];
    if (typeof method !== 'function') continue;
    protocol[name] = swallowRejection(method.bind(protocol));
  }
  const request = protocol.request as Method;
  // SDK v1: message, schema, options. SDK v2: the schema may be left out.
  protocol.request = (message, ...rest) => {
    const schema = server.sdk === 'v1' || isSchema(rest[0]) ? rest.slice(0, 1) : [];
    const options = rest[schema.length] as object | undefined;
    return request.call(protocol, message, ...schema, { timeout: TIMEOUT_MS, ...options });
  };
}

/** As SDK v2 tells it from options (standardschema.dev). */
function isSchema(value: unknown): boolean {
  const isObjectOrFunction = typeof value === 'function' || typeof value === 'object';
  return isObjectOrFunction && value !== null && '~standard' in value;
}
