// 2026-07-28 for SDK v2 modules through the SDK's own `createMcpHandler`: an exchange becomes a web Request,
// the Response (JSON or event stream) becomes notifications and one answer.

import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { Answer, Exchange, JsonRpcNotification } from '../exchange/exchange.ts';
import { webRequest } from './caller-request.ts';
import type { BuildServer } from './factory.ts';
import type { WireMessage } from './multiplexing-transport.ts';

export interface ModernHandler {
  answer(exchange: Exchange): Promise<Answer>;
  close(): Promise<void>;
}

/** The part of `@modelcontextprotocol/server` that is used here; taken from the module's own copy where it has one. */
export interface ServerPackage {
  createMcpHandler(
    factory: (context: { requestInfo?: Request }) => Promise<object>,
    options: { legacy: 'reject'; onerror: (error: Error) => void },
  ): {
    fetch(
      request: Request,
      options: { parsedBody: unknown; authInfo?: unknown },
    ): Promise<Response>;
    close(): Promise<void>;
  };
}

/** @param onError told of everything the SDK reports out of band. */
export function createModernHandler(
  serverPackage: ServerPackage,
  build: BuildServer,
  onError: (error: Error) => void,
): ModernHandler {
  // The SDK calls the factory with the very Request that it was given: the key back to the exchange.
  const exchanges = new WeakMap<Request, Exchange>();
  const handler = serverPackage.createMcpHandler(
    async ({ requestInfo }) => {
      const exchange = requestInfo && exchanges.get(requestInfo);
      return (await build(exchange)).instance;
    },
    { legacy: 'reject', onerror: onError },
  );
  return {
    async answer(exchange) {
      const request = webRequest(exchange);
      exchanges.set(request, exchange);
      const { authInfo } = exchange.caller;
      const response = await handler.fetch(request, {
        parsedBody: exchange.request,
        ...(authInfo && { authInfo }),
      });
      return readAnswer(response, exchange);
    },
    close: () => handler.close(),
  };
}

async function readAnswer(response: Response, exchange: Exchange): Promise<Answer> {
  if (response.headers.get('content-type')?.startsWith('text/event-stream') && response.body) {
    return readEventStream(response.body, exchange);
  }
  return toAnswer((await response.json()) as WireMessage);
}

async function readEventStream(
  body: ReadableStream<Uint8Array>,
  exchange: Exchange,
): Promise<Answer> {
  const events = body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  for await (const event of events) {
    const message = JSON.parse(event.data) as WireMessage;
    if (message.method === undefined) return toAnswer(message);
    exchange.notify(message as JsonRpcNotification);
  }
  throw new Error('The server ended its event stream without a result.');
}

function toAnswer(message: WireMessage): Answer {
  return message.error ? { error: message.error } : { result: message.result };
}
