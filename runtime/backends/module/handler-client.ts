// The client of the request that a handler serves, where many callers share a server. It comes from
// the context that the SDK hands to the handler, never from asynchronous context, which a queue or
// a cache of the author carries on to others.

import type { Exchange } from '../../exchange/exchange.ts';
import { META_KEYS } from '../../exchange/wire-names.ts';
import { exchangeOf } from './caller-request.ts';
import {
  type Handler,
  type HandlerContext,
  type ToolRunner,
  wrapHandlers,
  wrapToolRunner,
} from './sdk-internals.ts';
import type { SdkServer } from './sdk-server.ts';

/**
 * Knows the request of the handler that runs at this very moment: from its start to its first
 * `await`, while nothing else can run.
 */
export class HandlerClient {
  #exchange: Exchange | undefined;

  /** @param server not connected yet. */
  constructor({ instance, protocol }: SdkServer) {
    wrapHandlers(
      protocol,
      (handler): Handler =>
        (request, context) =>
          this.#run(handler, request, context),
    );
    // Both SDKs check a tool's arguments before they call its author, which takes some turns.
    wrapToolRunner(
      instance,
      (runTool): ToolRunner =>
        (tool, args, context) =>
          this.#within(context, () => runTool(tool, args, context)),
    );
  }

  /** Undefined when no handler of this server runs at the moment. */
  get exchange(): Exchange | undefined {
    return this.#exchange;
  }

  #run(handler: Handler, request: unknown, context: HandlerContext): unknown {
    describeClient(context);
    return this.#within(context, () => handler(request, context));
  }

  #within<T>(context: HandlerContext, work: () => T): T {
    const outer = this.#exchange;
    this.#exchange = exchangeIn(context);
    try {
      return work();
    } finally {
      this.#exchange = outer;
    }
  }
}

function exchangeIn({ requestInfo, http }: HandlerContext): Exchange | undefined {
  return exchangeOf(requestInfo ?? http?.req);
}

/**
 * SDK v2 hands the client of a request of 2026-07-28 to its handler as `ctx.mcpReq.envelope`. In
 * the 2025 era, where the SDK knows one client only, the same member has what the session id tells.
 */
function describeClient(context: HandlerContext): void {
  const mcpReq = context.mcpReq as { envelope?: object } | undefined;
  if (mcpReq && mcpReq.envelope === undefined) mcpReq.envelope = new LegacyEnvelope(context);
}

/** Reads the session id when a handler asks for a member. */
class LegacyEnvelope {
  readonly #context: HandlerContext;

  constructor(context: HandlerContext) {
    this.#context = context;
  }

  get [META_KEYS.clientCapabilities](): object | undefined {
    return exchangeIn(this.#context)?.client.capabilities;
  }

  get [META_KEYS.clientInfo](): object | undefined {
    return exchangeIn(this.#context)?.client.info;
  }
}
