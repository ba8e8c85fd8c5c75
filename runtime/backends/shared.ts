// The `shared` backend: the SDK server is built once, connected once, and serves every exchange.

import type { Backend, Declarations } from '../exchange/exchange.ts';
import type { Changes } from './changes.ts';
import type { ModernTwin } from './modern-twin.ts';
import type { MultiplexingTransport } from './multiplexing-transport.ts';
import { demandScopes } from './scope-challenge.ts';
import type { RunningHandlers, SdkServer } from './sdk-server.ts';

export interface SharedBackendOptions {
  readonly server: SdkServer;
  /** The transport that `server` is connected to. */
  readonly transport: MultiplexingTransport;
  readonly declarations: Declarations;
  readonly handlers: RunningHandlers;
  readonly changes: Changes;
  /** Answers 2026-07-28 where the server has an instance for it. */
  readonly twin?: ModernTwin;
}

export function createSharedBackend(options: SharedBackendOptions): Backend {
  const { server, transport, declarations, handlers, changes, twin } = options;
  return {
    declarations,
    sdk: server.sdk,
    servesModern: twin !== undefined,
    get abandonedHandlers() {
      return handlers.abandoned;
    },
    answer: (exchange) => {
      const instance = exchange.era === 'modern' && twin ? twin : { server, transport };
      const go = () => instance.transport.exchange(exchange);
      return demandScopes(instance.server, exchange)?.then(go) ?? go();
    },
    onChange: (listener) => changes.listen(listener),
    close: async () => {
      await Promise.allSettled([twin?.server.close(), server.close()]);
    },
  };
}
