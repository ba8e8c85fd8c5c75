// Factories of servers whose SDK lacks one of the insides that the host knows: what a later SDK
// could look like.

import { McpServer as McpServerV1 } from '@modelcontextprotocol/sdk/server/mcp.js';
import { McpServer as McpServerV2, requireScopes } from '@modelcontextprotocol/server';
import { z } from 'zod';

const CLASSES = { v1: McpServerV1, v2: McpServerV2 };

/** A server that tells in `whoami` what its handler learns of its caller. */
function build(sdk) {
  const server = new CLASSES[sdk]({ name: sdk, version: '1' });
  const text = (value) => ({ content: [{ type: 'text', text: `${value}` }] });
  const url = (context) => (sdk === 'v1' ? context.requestInfo?.url : context.http?.req?.url);
  server.registerTool('echo', { inputSchema: z.object({ text: z.string() }) }, (args) =>
    text(args.text),
  );
  server.registerTool('whoami', {}, (context) => text(new URL(`${url(context)}`).pathname));
  return server;
}

/** The handlers lie in something that is no Map. */
function withoutHandlers(protocol) {
  const handlers = protocol._requestHandlers;
  protocol._requestHandlers = {
    get: (method) => handlers.get(method),
    set: (method, handler) => handlers.set(method, handler),
    has: (method) => handlers.has(method),
    delete: (method) => handlers.delete(method),
  };
}

/** There is a Map under the known name, but another one is used. */
function withDecoyHandlers(protocol) {
  const used = protocol._requestHandlers;
  const decoy = new Map(used);
  const take = protocol._onrequest;
  let isTaking = false;
  Object.defineProperty(protocol, '_requestHandlers', { get: () => (isTaking ? used : decoy) });
  protocol._onrequest = (request, extra) => {
    isTaking = true;
    try {
      take.call(protocol, request, extra);
    } finally {
      isTaking = false;
    }
  };
}

/** Its listener passes requests on to a method of another name. */
function withoutTaker(protocol) {
  const take = protocol._onrequest;
  let isListening = false;
  Object.defineProperty(protocol, '_onrequest', {
    get: () => (isListening ? take : undefined),
  });
  const { connect } = protocol;
  protocol.connect = async (transport) => {
    await connect.call(protocol, transport);
    const listen = transport.onmessage;
    transport.onmessage = (message, extra) => {
      isListening = true;
      try {
        listen(message, extra);
      } finally {
        isListening = false;
      }
    };
  };
}

/** The method has its name, and does something else when it is called from outside. */
function withOtherTaker(protocol) {
  const take = protocol._onrequest;
  let pings = 0;
  protocol._onrequest = (request, extra) => {
    if (request.method !== 'ping') return take.call(protocol, request, extra);
    pings += 1;
    return pings === 2 ? undefined : take.call(protocol, request, extra);
  };
}

/** The revision is kept under another name. */
function withoutRevision(protocol) {
  protocol.getNegotiatedProtocolVersion = () => '2025-11-25';
}

/** The method by which the host tells SDK v2 has another name. */
function withoutMark(protocol) {
  protocol.getNegotiatedProtocolVersion = undefined;
}

/** SDK v1 with a method of SDK v2. */
function withForeignMark(protocol) {
  protocol.getNegotiatedProtocolVersion = () => undefined;
}

/** What a handler gets has no `authInfo`. */
function withoutAuthInfo(protocol) {
  const take = protocol._onrequest;
  protocol._onrequest = (request, { authInfo: _, ...extra } = {}) =>
    take.call(protocol, request, extra);
}

const fakes = {
  genuine() {},
  withoutHandlers,
  withDecoyHandlers,
  withoutTaker,
  withOtherTaker,
  withoutRevision,
  withoutMark,
  withForeignMark,
  withoutAuthInfo,
};

const factory =
  (sdk) =>
  ({ env }) => {
    const server = build(sdk);
    fakes[env.FAKE](server.server);
    return env.LOW_LEVEL ? server.server : server;
  };

export const createV1 = factory('v1');
export const createV2 = factory('v2');

/** Nobody could look at the scopes that this author asks for. */
export function createHidingScopes() {
  const server = build('v2');
  const content = [{ type: 'text', text: 'erased' }];
  server.registerTool('erase', { scopeChallenge: requireScopes('erase') }, () => ({ content }));
  server.resolveScopeChallenge = undefined;
  return server;
}
