// Recognizes what a factory returned as a server of the official SDKs, by shape: a module may bring
// its own copy of an SDK, or a bundled one, so neither `instanceof` nor a version number alone can
// tell.

import { isObject } from '../../../config/json-value.ts';
import { type Entering, nameOf, type Operation } from '../../exchange/entered.ts';
import type { Answer, Exchange } from '../../exchange/exchange.ts';
import { ShortLivedSet } from '../../exchange/short-lived-set.ts';
import { ERROR_CODES } from '../../exchange/wire-names.ts';
import type { TakeRequest } from '../multiplexing-transport.ts';
import type { OpenBackend } from '../open-backend.ts';
import { resourceFault, schemaFault, uriFault } from './request-faults.ts';
import {
  type Connectable,
  type Handler,
  type HandlerContext,
  isFaultyResult,
  ProbedSdk,
  type ProtocolServer,
  type Sdk,
  sdkByMark,
  takerOf,
  unknownToolText,
  wrapHandlers,
} from './sdk-internals.ts';
import { swallowRejection } from './swallow-rejection.ts';

/** The request handlers that run at the moment, over all servers of one module. */
export class RunningHandlers {
  readonly #contexts = new ShortLivedSet<HandlerContext>();
  /** Exchanges whose server is being built. */
  readonly #building = new ShortLivedSet<Exchange>();
  readonly #entering: Entering | undefined;

  /** @param entering called with what begins and ends, where the host watches this thread. */
  constructor(entering?: Entering) {
    this.#entering = entering;
  }

  /** How many still run although no one waits for them any longer, with factories that do. */
  get abandoned(): number {
    return this.#contexts.count(isAbandoned) + this.#building.count(hasEnded);
  }

  /** Runs the factory for the caller of `exchange`, or for none. */
  async building<T>(factory: () => T, exchange?: Exchange): Promise<Awaited<T>> {
    const place = this.#entering?.build();
    if (exchange) this.#building.add(exchange);
    try {
      return await factory();
    } finally {
      if (exchange) this.#building.delete(exchange);
      this.#leave(place);
    }
  }

  /** @returns what {@link ended} takes. */
  started(context: HandlerContext, request: unknown): number | undefined {
    this.#contexts.add(context);
    const operation = request as Operation;
    return this.#entering?.enter(operation.method, nameOf(operation));
  }

  ended(context: HandlerContext, place: number | undefined): void {
    this.#contexts.delete(context);
    this.#leave(place);
  }

  #leave(place: number | undefined): void {
    if (place !== undefined) this.#entering?.leave(place);
  }
}

function isAbandoned({ signal, mcpReq }: HandlerContext): boolean {
  return (signal ?? mcpReq?.signal)?.aborted === true;
}

/** Does not ask for its signal, which is only made when it is asked for. */
function hasEnded(exchange: Exchange): boolean {
  try {
    exchange.throwIfEnded();
    return false;
  } catch {
    return true;
  }
}

/** A module that was opened. */
export interface ModuleBackend extends OpenBackend {
  readonly sdk: Sdk;
}

/** A server of one of the official SDKs. */
export interface SdkServer {
  readonly sdk: Sdk;
  /**
   * What the factory returned, as `createMcpHandler` wants it: the `McpServer` or `Server` itself.
   */
  readonly instance: Connectable;
  readonly protocol: ProtocolServer;
  /** The way of a request past the listener of the SDK, where there is one. */
  readonly takeRequest: TakeRequest | undefined;
  /** Ends the server and what came with it; once, however often it is called. */
  close(): Promise<void>;
}

/**
 * Accepts a `Server`, an `McpServer`, and an object that carries one as `server` (with an optional
 * `cleanup`), as several published servers return it.
 * @param probed what servers of the same module turned out to be.
 * @returns undefined for anything else.
 */
export function recognizeServer(product: unknown, probed = new ProbedSdk()): SdkServer | undefined {
  const found = findServer(product);
  if (found) return describe(found, probed);
  if (!isObject(product)) return undefined;
  const carried = findServer(product.server);
  return carried && describe({ ...carried, cleanup: product.cleanup }, probed);
}

/**
 * Guards every request handler of a server, also those that it registers later: the SDKs look a
 * handler up for each request. They leave a request unanswered when a handler throws null or
 * undefined (shared/protocol.js reads `error['code']`), and blame the caller (-32602) for a tool's
 * faulty result.
 * @param mustBeJson true where the SDK writes the answer itself: v2's own transport hangs on what
 * is not JSON.
 */
export function guardHandlers(
  server: SdkServer,
  running: RunningHandlers,
  mustBeJson: boolean,
): void {
  const { protocol } = server;
  const guard =
    (handler: Handler): Handler =>
    async (request, context) => {
      quieten(context);
      const place = running.started(context, request);
      try {
        const result = await call(handler, request, context);
        if (mustBeJson) JSON.stringify(result);
        return result;
      } catch (error) {
        throw uriFault(error, request) ?? resourceFault(error, request) ?? describeThrown(error);
      } finally {
        running.ended(context, place);
      }
    };
  const guardFound = (handler: Handler | undefined): Handler | undefined =>
    handler && guard(handler);
  wrapHandlers(protocol, guard);
  let fallback = protocol.fallbackRequestHandler;
  Object.defineProperty(protocol, 'fallbackRequestHandler', {
    configurable: true,
    enumerable: true,
    get: () => guardFound(fallback),
    set: (handler: Handler | undefined) => {
      fallback = handler;
    },
  });
}

/**
 * A tool that a server does not have. SDK v1 answers with an `isError` result (server/mcp.js), SDK
 * v2 with a JSON-RPC error.
 */
export function unknownTool(sdk: Sdk, name: string): Answer {
  const { invalidParams } = ERROR_CODES;
  const message = unknownToolText(name);
  if (sdk === 'v2') return { error: { code: invalidParams, message } };
  const text = `MCP error ${invalidParams}: ${message}`;
  return { result: { content: [{ type: 'text', text }], isError: true } };
}

function call(handler: Handler, request: unknown, context: HandlerContext): unknown {
  try {
    return handler(request, context);
  } catch (error) {
    throw schemaFault(error) ?? error;
  }
}

function quieten(context: HandlerContext): void {
  const { mcpReq } = context;
  if (context.sendRequest) context.sendRequest = swallowRejection(context.sendRequest);
  if (mcpReq?.send) mcpReq.send = swallowRejection(mcpReq.send);
}

function describeThrown(error: unknown): unknown {
  if (error === null || error === undefined) return new Error(`The handler threw ${error}.`);
  if (!isFaultyResult(error)) return error;
  const { internalError } = ERROR_CODES;
  return Object.assign(new Error(error.message, { cause: error }), { code: internalError });
}

interface FoundServer {
  readonly instance: Connectable;
  readonly protocol: ProtocolServer;
  readonly cleanup?: unknown;
}

/** A `Server`, or an `McpServer` with the `Server` in it. */
function findServer(value: unknown): FoundServer | undefined {
  if (isProtocolServer(value)) return { instance: value, protocol: value };
  if (isConnectable(value) && isProtocolServer(value.server)) {
    return { instance: value, protocol: value.server };
  }
  return undefined;
}

function describe({ instance, protocol, cleanup }: FoundServer, probed: ProbedSdk): SdkServer {
  const close = async (): Promise<void> => {
    try {
      // Not the protocol's `close`: a subclass of `McpServer` releases its own resources here.
      await instance.close();
    } finally {
      if (typeof cleanup === 'function') await cleanup();
    }
  };
  let closing: Promise<void> | undefined;
  const mark = sdkByMark(protocol);
  const take = takerOf(protocol);
  return {
    get sdk() {
      return probed.sdk ?? mark;
    },
    get takeRequest() {
      return probed.takesRequests ? take : undefined;
    },
    instance,
    protocol,
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function isProtocolServer(value: unknown): value is ProtocolServer {
  return (
    isConnectable(value) &&
    typeof value.setRequestHandler === 'function' &&
    typeof value.setNotificationHandler === 'function'
  );
}

function isConnectable(value: unknown): value is Connectable {
  return (
    isObject(value) && typeof value.connect === 'function' && typeof value.close === 'function'
  );
}
