// 2026-07-28 for SDK v2 modules through the SDK's own `createMcpHandler`: an exchange becomes a web
// Request, the Response (JSON or event stream) becomes notifications and one answer.

import type { Answer, Exchange, JsonRpcNotification } from '../../exchange/exchange.ts';
import { HostError } from '../../exchange/refusals.ts';
import type { WireMessage } from '../multiplexing-transport.ts';
import { webRequest } from './caller-request.ts';
import type { Closing } from './closing.ts';
import type { BuildServer } from './factory.ts';
import { demandScopes, readScopeChallenge } from './scope-challenge.ts';
import type { SdkServer } from './sdk-server.ts';

export interface ModernHandler {
  answer(exchange: Exchange): Promise<Answer>;
  close(): Promise<void>;
}

/**
 * The part of `@modelcontextprotocol/server` that is used here; taken from the module's own copy
 * where it has one.
 */
export interface ServerPackage {
  readonly McpServer: abstract new (...values: never[]) => object;
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

export interface ModernHandlerOptions {
  readonly serverPackage: ServerPackage;
  readonly build: BuildServer;
  readonly closing: Closing;
  /** Told of everything the SDK reports out of band. */
  readonly onError: (error: Error) => void;
}

/** One call on its way through the SDK's handler. */
interface Call {
  readonly exchange: Exchange;
  /** What the factory came to; the SDK makes an answer like any other of a failed one. */
  building?: Promise<SdkServer>;
  /** Why the caller may not go on; the SDK would make an internal error of it. */
  refusal?: unknown;
}

export function createModernHandler(options: ModernHandlerOptions): ModernHandler {
  const { serverPackage, build, closing, onError } = options;
  // The SDK calls the factory with the very Request that it was given: the key back to the
  // exchange.
  const calls = new WeakMap<Request, Call>();
  const handler = serverPackage.createMcpHandler(
    async ({ requestInfo }) => {
      const call = calls.get(requestInfo as Request) as Call;
      call.building = build(call.exchange);
      // A factory in a pause.
      call.building.catch((error) => {
        if (error instanceof HostError) call.refusal = error;
      });
      const server = await call.building;
      // The handler tells an `McpServer` by its class. One of a copy that the module holds in its
      // own file is of another; the low-level server in it is used by its members only, but then
      // no one has looked at the author's scopes.
      if (server.instance instanceof serverPackage.McpServer) return server.instance;
      await Promise.resolve(demandScopes(server, call.exchange)).catch((error) => {
        call.refusal = error;
        throw error;
      });
      return server.protocol;
    },
    { legacy: 'reject', onerror: onError },
  );
  return {
    async answer(exchange) {
      const request = webRequest(exchange);
      const call: Call = { exchange };
      calls.set(request, call);
      const { authInfo } = exchange.caller;
      const response = await handler.fetch(request, {
        parsedBody: exchange.request,
        ...(authInfo && { authInfo }),
      });
      if (call.refusal) throw call.refusal;
      const server = await call.building;
      try {
        readScopeChallenge(response);
        return await readAnswer(response, exchange);
      } finally {
        if (server) closing.beginAfterCall(server);
      }
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
  // It extends a class of the platform that Node loads when it is first named.
  const { EventSourceParserStream } = await import('eventsource-parser/stream');
  const events = body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  for await (const event of events) {
    const message = JSON.parse(event.data) as WireMessage;
    if (message.method === undefined) return toAnswer(message);
    // Not awaited: what the SDK's stream holds no one counts, what waits for the caller is counted.
    void exchange.notify(message as JsonRpcNotification);
  }
  throw new Error('The server ended its event stream without a result.');
}

function toAnswer(message: WireMessage): Answer {
  return message.error ? { error: message.error } : { result: message.result };
}
