// The `shared` backend: the SDK server is built once, connected once, and serves every exchange.

import type { Backend, Declarations } from '../exchange/exchange.ts';
import type { MultiplexingTransport } from './multiplexing-transport.ts';
import type { RunningHandlers, SdkServer } from './sdk-server.ts';

export interface SharedBackendOptions {
  readonly server: SdkServer;
  /** The transport that `server` is connected to. */
  readonly transport: MultiplexingTransport;
  readonly declarations: Declarations;
  readonly handlers: RunningHandlers;
}

export function createSharedBackend(options: SharedBackendOptions): Backend {
  const { server, transport, declarations, handlers } = options;
  return {
    declarations,
    sdk: server.sdk,
    servesModern: false,
    get abandonedHandlers() {
      return handlers.abandoned;
    },
    answer: (exchange) => transport.exchange(exchange),
    close: () => server.close(),
  };
}
