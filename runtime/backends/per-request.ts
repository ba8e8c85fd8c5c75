// The `per-request` backend: the module's factory is called for each request, as the SDKs document it.

import type { Answer, Backend, Declarations, Exchange } from '../exchange/exchange.ts';
import { extraFor } from './caller-request.ts';
import type { BuildServer } from './factory.ts';
import type { ModernHandler } from './modern-handler.ts';
import { MultiplexingTransport } from './multiplexing-transport.ts';
import type { HandlerCount } from './sdk-server.ts';

export interface PerRequestBackendOptions {
  readonly build: BuildServer;
  readonly sdk: Backend['sdk'];
  readonly declarations: Declarations;
  readonly handlers: HandlerCount;
  /** Answers 2026-07-28 for SDK v2 modules through the SDK's own handler. */
  readonly modern?: ModernHandler;
  /** Told when a server could not be closed after its exchange. */
  readonly onCloseFailed: (error: unknown) => void;
}

export function createPerRequestBackend(options: PerRequestBackendOptions): Backend {
  const { sdk, declarations, handlers, modern } = options;
  return {
    declarations,
    sdk,
    servesModern: modern !== undefined,
    get runningHandlers() {
      return handlers.running;
    },
    answer: (exchange) =>
      exchange.era === 'modern' && modern ? modern.answer(exchange) : serve(exchange, options),
    close: async () => modern?.close(),
  };
}

async function serve(exchange: Exchange, options: PerRequestBackendOptions): Promise<Answer> {
  const server = await options.build(exchange);
  const close = (): Promise<void> => server.close().catch(options.onCloseFailed);
  if (exchange.signal.aborted) {
    await close();
    throw exchange.signal.reason;
  }
  exchange.onAbort(() => void close());
  const transport = new MultiplexingTransport({
    extraOf: extraFor(server.sdk),
    singleExchange: true,
  });
  await server.protocol.connect(transport);
  const answer = await transport.exchange(exchange);
  await close();
  return answer;
}
