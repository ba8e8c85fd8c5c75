// Reads what a server says of itself: one internal handshake and all pages of its tool list, without a caller.

import { isObject } from '../../config/json-value.ts';
import type { Answer, Declarations, JsonObject } from '../exchange/exchange.ts';
import { DECLARED_CAPABILITIES } from './client-view.ts';
import { internalExchange, type Waiting } from './internal-exchange.ts';
import type { MultiplexingTransport } from './multiplexing-transport.ts';

/** A server whose list never ends must not keep the host from starting. */
const MAX_PAGES = 1000;

/**
 * Speaks `initialize` (2025-11-25), `notifications/initialized` and `tools/list` to a freshly connected server.
 * @param waiting ends the reading when the server's start limit has passed.
 * @throws when the server answers with an error or with something that is not a handshake, and when aborted.
 */
export async function readDeclarations(
  transport: MultiplexingTransport,
  waiting: Waiting,
): Promise<Declarations> {
  const { serverInfo, capabilities = {}, instructions } = await shakeHands(transport, waiting);
  if (!isObject(serverInfo)) {
    throw new Error('The server answered `initialize` without `serverInfo`.');
  }
  return {
    serverInfo,
    capabilities: capabilities as JsonObject,
    ...(typeof instructions === 'string' && { instructions }),
    tools: (capabilities as JsonObject).tools ? await readTools(transport, waiting) : [],
  };
}

/**
 * The internal `initialize` that every server gets before its first request.
 * @throws when the server refuses it.
 */
export async function shakeHands(
  transport: MultiplexingTransport,
  waiting: Waiting,
): Promise<JsonObject> {
  const handshake = await ask(transport, waiting, 'initialize', {
    protocolVersion: '2025-11-25',
    capabilities: DECLARED_CAPABILITIES,
    clientInfo: { name: 'functions-mcp-host', version: '1' },
  });
  transport.notify('notifications/initialized');
  return handshake;
}

async function ask(
  transport: MultiplexingTransport,
  waiting: Waiting,
  method: string,
  params: JsonObject,
): Promise<JsonObject> {
  const answer = transport.exchange(internalExchange({ era: 'legacy', method, params }, waiting));
  const ended = new Promise<never>((_, reject) => {
    waiting.onAbort(() => reject(new Error(`Nobody waits for \`${method}\` any more.`)));
  });
  return resultOf(method, await Promise.race([answer, ended]));
}

async function readTools(
  transport: MultiplexingTransport,
  waiting: Waiting,
): Promise<JsonObject[]> {
  const tools: JsonObject[] = [];
  let cursor: unknown;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const result = await ask(
      transport,
      waiting,
      'tools/list',
      cursor === undefined ? {} : { cursor },
    );
    if (!Array.isArray(result.tools) || !result.tools.every(isObject)) {
      throw new Error('The server answered `tools/list` without a list of tools.');
    }
    tools.push(...result.tools);
    cursor = result.nextCursor;
    if (cursor === undefined || cursor === null) return tools;
  }
  throw new Error(`The server's \`tools/list\` has more than ${MAX_PAGES} pages.`);
}

function resultOf(method: string, answer: Answer): JsonObject {
  if ('error' in answer)
    throw new Error(`The server refused \`${method}\`: ${answer.error.message}`);
  if (!isObject(answer.result)) {
    throw new Error(`The server answered \`${method}\` without a result object.`);
  }
  return answer.result;
}
