// Recognises what a factory returned as a server of the official SDKs, by shape: a module may bring its own copy
// of an SDK, or a bundled one, so neither `instanceof` nor a version number alone can tell.

import type { MultiplexingTransport } from './multiplexing-transport.ts';

/** The SDK's low-level server as far as this host uses it. */
interface ProtocolServer {
  connect(transport: MultiplexingTransport): Promise<void>;
  close(): Promise<void>;
  onerror?: ((error: Error) => void) | undefined;
}

/** Number of request handlers that run at the moment, over all servers of one module. */
export interface HandlerCount {
  running: number;
}

type Handler = (request: unknown, context: unknown) => unknown;

/** A server of one of the official SDKs. */
export interface SdkServer {
  readonly sdk: 'v1' | 'v2';
  /** What the factory returned, as `createMcpHandler` wants it: the `McpServer` or `Server` itself. */
  readonly instance: object;
  readonly protocol: ProtocolServer;
  /** Ends the server and what came with it. */
  close(): Promise<void>;
}

/**
 * Accepts a `Server`, an `McpServer`, and an object that carries one as `server` (with an optional `cleanup`),
 * as several published servers return it.
 * @returns undefined for anything else.
 */
export function recogniseServer(product: unknown): SdkServer | undefined {
  if (isProtocolServer(product)) return describe(product, product);
  if (!isObject(product)) return undefined;
  if (isProtocolServer(product.server)) {
    const isMcpServer = typeof product.connect === 'function';
    return describe(isMcpServer ? product : product.server, product.server, product.cleanup);
  }
  const inner = recogniseServer(isObject(product.server) ? product.server : undefined);
  return inner && describe(inner.instance, inner.protocol, product.cleanup);
}

/**
 * Wraps the server's request handlers once, before it serves. The SDKs leave a request unanswered for ever when a
 * handler throws null or undefined (shared/protocol.js reads `error['code']`), and blame the caller (-32602) for
 * a tool's faulty result; `count.running` is the number of handlers that run at the moment.
 */
export function guardHandlers(server: SdkServer, count: HandlerCount): void {
  const handlers = (server.protocol as { _requestHandlers?: unknown })._requestHandlers;
  if (!(handlers instanceof Map)) return;
  for (const [method, handler] of handlers as Map<string, Handler>) {
    handlers.set(method, async (request: unknown, context: unknown) => {
      count.running += 1;
      try {
        return await handler(request, context);
      } catch (error) {
        throw describeThrown(error);
      } finally {
        count.running -= 1;
      }
    });
  }
}

function describeThrown(error: unknown): unknown {
  if (error === null || error === undefined) return new Error(`The handler threw ${error}.`);
  const { message } = error as { message?: unknown };
  if (typeof message === 'string' && message.includes('Invalid tools/call result')) {
    return Object.assign(new Error(message, { cause: error }), { code: -32603 });
  }
  return error;
}

function describe(instance: object, protocol: ProtocolServer, cleanup?: unknown): SdkServer {
  return {
    // `buildContext` came with SDK v2; SDK v1 builds its `extra` inside the request handler.
    sdk: 'buildContext' in protocol ? 'v2' : 'v1',
    instance,
    protocol,
    async close() {
      await protocol.close();
      if (typeof cleanup === 'function') await cleanup();
    },
  };
}

function isProtocolServer(value: unknown): value is ProtocolServer {
  return (
    isObject(value) &&
    typeof value.connect === 'function' &&
    typeof value.close === 'function' &&
    typeof value.setRequestHandler === 'function' &&
    typeof value.setNotificationHandler === 'function'
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
