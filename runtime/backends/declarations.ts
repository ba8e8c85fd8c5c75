// Reads what a server says of itself: one internal handshake and all pages of its tool list, without a caller.

import type { Answer, Declarations, Exchange, JsonObject } from '../exchange/exchange.ts';
import type { MultiplexingTransport } from './multiplexing-transport.ts';

/** A server whose list never ends must not keep the host from starting. */
const MAX_PAGES = 1000;

/**
 * Speaks `initialize` (2025-11-25), `notifications/initialized` and `tools/list` to a freshly connected server.
 * @param signal aborts the reading when the server's start limit has passed.
 * @throws when the server answers with an error or with something that is not a handshake, and when aborted.
 */
export async function readDeclarations(
  transport: MultiplexingTransport,
  signal: AbortSignal,
): Promise<Declarations> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  aborted.catch(() => {}); // Nobody listens between two questions.
  const ask = async (method: string, params: JsonObject): Promise<JsonObject> => {
    const answer = transport.exchange(internalExchange(method, params, signal));
    return resultOf(method, await Promise.race([answer, aborted]));
  };
  const handshake = await ask('initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'functions-mcp-host', version: '1' },
  });
  transport.notify('notifications/initialized');
  const capabilities = (handshake.capabilities ?? {}) as JsonObject;
  const { serverInfo, instructions } = handshake;
  if (!isObject(serverInfo)) {
    throw new Error('The server answered `initialize` without `serverInfo`.');
  }
  return {
    serverInfo,
    capabilities,
    ...(typeof instructions === 'string' && { instructions }),
    tools: capabilities.tools ? await readTools(ask) : [],
  };
}

async function readTools(
  ask: (method: string, params: JsonObject) => Promise<JsonObject>,
): Promise<JsonObject[]> {
  const tools: JsonObject[] = [];
  let cursor: unknown;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const result = await ask('tools/list', cursor === undefined ? {} : { cursor });
    if (!Array.isArray(result.tools) || !result.tools.every(isObject)) {
      throw new Error('The server answered `tools/list` without a list of tools.');
    }
    tools.push(...result.tools);
    cursor = result.nextCursor;
    if (cursor === undefined || cursor === null) return tools;
  }
  throw new Error(`The server's \`tools/list\` has more than ${MAX_PAGES} pages.`);
}

function internalExchange(method: string, params: JsonObject, signal: AbortSignal): Exchange {
  return {
    request: { jsonrpc: '2.0', id: 0, method, params },
    era: 'legacy',
    caller: { headers: {}, path: '' },
    signal,
    onAbort: (listener) => signal.addEventListener('abort', listener, { once: true }),
    throwIfEnded: () => signal.throwIfAborted(),
    notify: () => {},
  };
}

function resultOf(method: string, answer: Answer): JsonObject {
  if ('error' in answer)
    throw new Error(`The server refused \`${method}\`: ${answer.error.message}`);
  if (!isObject(answer.result)) {
    throw new Error(`The server answered \`${method}\` without a result object.`);
  }
  return answer.result;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null;
}
