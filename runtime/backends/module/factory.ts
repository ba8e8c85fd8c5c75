// The factory contract between the host and a server module, and the context a factory is given.

import type { AuthInfo, Era, Exchange } from '../../exchange/exchange.ts';
import { CallerRequest } from './caller-request.ts';
import { presentClient } from './client-view.ts';
import type { ProbedSdk } from './sdk-internals.ts';
import {
  guardHandlers,
  type RunningHandlers,
  recognizeServer,
  type SdkServer,
} from './sdk-server.ts';

/** What a module's factory may know when it builds a server. */
export interface FactoryContext {
  /** `legacy` up to 2025-11-25, `modern` for 2026-07-28. */
  readonly era: Era;
  /**
   * The verified caller; absent for `shared` servers and for the reading of declarations at start.
   */
  readonly authInfo?: AuthInfo;
  /**
   * The caller's request (`method`, `url`, `headers`, `signal`) without credentials; absent like
   * `authInfo`.
   */
  readonly requestInfo?: CallerRequest;
  /** The server's `env` entries of servers.yaml, resolved. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * A module's export: builds a server of an official SDK, or returns an object that carries one as
 * `server`.
 */
export type ServerFactory = (context: FactoryContext) => unknown;

/**
 * Builds a server for the caller of `exchange`, or for no caller in particular and one era
 * (default: `legacy`).
 */
export type BuildServer = (exchange?: Exchange, era?: Era) => Promise<SdkServer>;

/**
 * @returns a builder that throws when the factory throws or returns no new server of an official
 * SDK.
 */
export function createBuilder(
  factory: ServerFactory,
  env: Readonly<Record<string, string>>,
  handlers: RunningHandlers,
  probed: ProbedSdk,
  log: { debug(message: string): void },
): BuildServer {
  const built = new WeakSet<object>();
  return async (exchange, era = exchange?.era ?? 'legacy') => {
    const server = recognizeServer(
      await handlers.building(() => factory(contextFor(env, era, exchange)), exchange),
      probed,
    );
    if (!server) {
      throw new Error(
        'The factory returned no server: expected a `Server` or `McpServer` of an official MCP SDK.',
      );
    }
    // It would work until two callers meet, so it must fail before.
    if (built.has(server.protocol)) {
      throw new Error('The factory returned the same server again.');
    }
    built.add(server.protocol);
    guardHandlers(server, handlers, exchange?.era === 'modern');
    presentClient(server, exchange);
    // Without a listener the SDKs lose what goes wrong outside of a handler.
    server.protocol.onerror ??= (error) => log.debug(error.message);
    return server;
  };
}

function contextFor(
  env: Readonly<Record<string, string>>,
  era: Era,
  exchange?: Exchange,
): FactoryContext {
  if (!exchange) return { era, env };
  const { authInfo } = exchange.caller;
  return {
    era,
    ...(authInfo && { authInfo }),
    requestInfo: new CallerRequest(exchange),
    env,
  };
}
