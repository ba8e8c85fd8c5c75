// The `per-request` backend: the module's factory is called for each request, as the SDKs document
// it.

import type { Answer, Exchange } from '../../exchange/exchange.ts';
import type { Changes } from '../changes.ts';
import { type LiveDeclarations, shakeHands } from '../declarations.ts';
import { MultiplexingTransport } from '../multiplexing-transport.ts';
import { extraFor } from './caller-request.ts';
import { type Closing, closeInTime } from './closing.ts';
import type { FactoryCircuit } from './factory-circuit.ts';
import type { ModernHandler } from './modern-handler.ts';
import { demandScopes } from './scope-challenge.ts';
import type { ProbedSdk, Sdk } from './sdk-internals.ts';
import { type ModuleBackend, type RunningHandlers, unknownTool } from './sdk-server.ts';

export interface PerRequestBackendOptions {
  readonly factory: FactoryCircuit;
  readonly sdk: Sdk;
  readonly declarations: LiveDeclarations;
  readonly changes: Changes;
  readonly handlers: RunningHandlers;
  /** Answers 2026-07-28 for SDK v2 modules through the SDK's own handler. */
  readonly modern?: ModernHandler;
  readonly closing: Closing;
  readonly probed: ProbedSdk;
}

export function createPerRequestBackend(options: PerRequestBackendOptions): ModuleBackend {
  const { sdk, declarations, changes, handlers, modern, closing, probed, factory } = options;
  const ask = (exchange: Exchange): Promise<Answer> =>
    exchange.era === 'modern' && modern ? modern.answer(exchange) : serve(exchange, options);
  return {
    sdk,
    sdkInternals: probed.off,
    eras: modern ? ['legacy', 'modern'] : ['legacy'],
    get declarations() {
      return declarations.current;
    },
    get circuit() {
      return factory.open;
    },
    get abandonedHandlers() {
      return handlers.abandoned;
    },
    answer: (exchange) => declarations.learning(exchange, ask(exchange)),
    unknownTool: (name) => unknownTool(sdk, name),
    // A server that lives for one request has no one left to notify of a change; the host learns
    // tools.
    subscribe: (listener) => {
      factory.subscribe(() => listener('state'));
      changes.subscribe(listener);
    },
    close: () =>
      closeInTime(async () => {
        declarations.close();
        factory.stop();
        await modern?.close();
        await closing.finish();
      }),
  };
}

async function serve(
  exchange: Exchange,
  { factory, closing, changes }: PerRequestBackendOptions,
): Promise<Answer> {
  const server = await factory.build(exchange);
  try {
    await demandScopes(server, exchange);
    const transport = new MultiplexingTransport({
      extraOf: extraFor(server),
      singleClient: true,
      onUnrelated: (notification) => changes.drop(notification),
    });
    await transport.connect(server);
    // The factory may have taken longer than its caller's patience.
    exchange.throwIfEnded();
    exchange.onAbort(() => closing.begin(server));
    await shakeHands(transport, exchange);
    return await transport.exchange(exchange);
  } finally {
    closing.beginAfterCall(server);
  }
}
