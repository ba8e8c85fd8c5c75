// The `shared` backend: the SDK server is built once, connected once, and serves every exchange.

import type { Answer, Era, Exchange } from '../../exchange/exchange.ts';
import type { Changes } from '../changes.ts';
import type { LiveDeclarations } from '../declarations.ts';
import type { MultiplexingTransport } from '../multiplexing-transport.ts';
import { closeInTime } from './closing.ts';
import type { ModernTwin } from './modern-twin.ts';
import { demandScopes } from './scope-challenge.ts';
import type { ProbedSdk } from './sdk-internals.ts';
import {
  type ModuleBackend,
  type RunningHandlers,
  type SdkServer,
  unknownTool,
} from './sdk-server.ts';

const LEGACY: readonly Era[] = ['legacy'];
const BOTH: readonly Era[] = ['legacy', 'modern'];

export interface SharedBackendOptions {
  readonly server: SdkServer;
  /** The transport that `server` is connected to. */
  readonly transport: MultiplexingTransport;
  readonly declarations: LiveDeclarations;
  readonly handlers: RunningHandlers;
  readonly changes: Changes;
  readonly probed: ProbedSdk;
  /**
   * Builds the instance that answers 2026-07-28, where the server can have one; called after the
   * first callers.
   */
  readonly buildTwin?: () => Promise<ModernTwin | undefined>;
}

export function createSharedBackend(options: SharedBackendOptions): ModuleBackend {
  const { server, transport, declarations, handlers, changes, probed, buildTwin } = options;
  let twin: ModernTwin | undefined;
  let preparingModern = buildTwin?.().then((built) => {
    twin = built;
    preparingModern = undefined;
  });
  const first: ModernTwin = { server, transport };
  const ask = (exchange: Exchange): Promise<Answer> => {
    const instance = exchange.era === 'modern' ? (twin ?? first) : first;
    const send = () => instance.transport.exchange(exchange);
    return demandScopes(instance.server, exchange)?.then(send) ?? send();
  };
  return {
    get sdk() {
      return server.sdk;
    },
    get sdkInternals() {
      return probed.off;
    },
    get eras(): readonly Era[] {
      return twin ? BOTH : LEGACY;
    },
    get preparingModern() {
      return preparingModern;
    },
    get declarations() {
      return declarations.current;
    },
    get abandonedHandlers() {
      return handlers.abandoned;
    },
    answer: (exchange) => declarations.learning(exchange, ask(exchange)),
    unknownTool: (name) => unknownTool(server.sdk, name),
    subscribe: (listener) => changes.subscribe(listener),
    close: () =>
      closeInTime(async () => {
        declarations.close();
        await preparingModern;
        await Promise.allSettled([twin?.server.close(), server.close()]);
      }),
  };
}
