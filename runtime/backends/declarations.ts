// What a server says of itself: one internal handshake, and its tool list, read without a caller
// and again when it changes.

import { setImmediate as turn } from 'node:timers/promises';
import { isObject } from '../../config/json-value.ts';
import type { Declarations } from '../exchange/backend.ts';
import { describeError } from '../exchange/bounded-text.ts';
import { listIn, readList, withNewItems } from '../exchange/declared-lists.ts';
import type { Answer, Client, Era, Exchange, JsonObject } from '../exchange/exchange.ts';
import { LEGACY_VERSIONS, NOTIFICATIONS } from '../exchange/wire-names.ts';
import { countDown } from './count-down.ts';
import { internalExchange, type Waiting, waitingUntil } from './internal-exchange.ts';
import type { MultiplexingTransport } from './multiplexing-transport.ts';

/**
 * What the internal handshake declares, so that the SDK's own checks let every question reach the
 * host.
 */
const DECLARED_CAPABILITIES: JsonObject = {
  elicitation: { form: {}, url: {} },
  sampling: { tools: {}, context: {} },
  roots: { listChanged: true },
};

const TOOLS = 'tools/list';

/** Whoever takes requests to a server. */
type Transport = Pick<MultiplexingTransport, 'exchange'>;

/** A connection over which the host asks. */
export interface Source {
  readonly transport: Transport;
  readonly era: Era;
  /** What a request of that era carries. */
  readonly params: JsonObject;
}

/** The result of a handshake. */
export type Handshake = Omit<Declarations, 'tools' | 'readingTools'>;

/** The client that a server of this process meets in its handshake. */
const HOST: Client = {
  capabilities: DECLARED_CAPABILITIES,
  info: { name: 'functions-mcp-host', version: '1' },
};

/**
 * The internal `initialize` that every server gets before its first request.
 * @param waiting ends it: the try to start the server, or the exchange that it is for.
 * @throws when the server answers with an error or with something that is not a handshake, and when
 * aborted.
 */
export async function shakeHands(
  transport: MultiplexingTransport,
  waiting: Waiting,
  client = HOST,
): Promise<Handshake> {
  const source = { transport, era: 'legacy', params: {} } as const;
  const result = await ask(source, waiting, 'initialize', {
    protocolVersion: '2025-11-25',
    capabilities: client.capabilities,
    clientInfo: client.info,
  });
  transport.notify(NOTIFICATIONS.initialized);
  return handshakeOf(result);
}

/** @param result of `initialize`. @throws Error. */
export function handshakeOf(result: JsonObject): Handshake {
  const { protocolVersion, serverInfo, capabilities, instructions } = result;
  // MCP 2025-11-25, lifecycle, "Version Negotiation".
  if (typeof protocolVersion === 'string' && !LEGACY_VERSIONS.includes(protocolVersion)) {
    throw new Error('The server uses an MCP revision that this host does not support.');
  }
  if (!isObject(serverInfo)) {
    throw new Error('The server answered `initialize` without `serverInfo`.');
  }
  return {
    serverInfo,
    capabilities: isObject(capabilities) ? capabilities : {},
    ...(typeof instructions === 'string' && { instructions }),
  };
}

export interface LiveDeclarationsOptions {
  /** The connection over which the tools are read. */
  readonly transport: Transport;
  /** How long one reading of the tools may take, milliseconds. */
  readonly limitMs: number;
  /** Called when the declarations are others than before. */
  readonly onChange: () => void;
  readonly log: { warn(message: string): void };
}

/** The declarations of a server that serves. */
export class LiveDeclarations {
  readonly #options: LiveDeclarationsOptions;
  #handshake: Handshake;
  readonly #sources: Source[];
  #current: Declarations;
  #isStale = false;
  #hasWarned = false;
  #isClosed = false;

  constructor(handshake: Handshake, options: LiveDeclarationsOptions) {
    this.#options = options;
    this.#handshake = handshake;
    this.#sources = [{ transport: options.transport, era: 'legacy', params: {} }];
    this.#current = handshake.capabilities.tools ? handshake : { ...handshake, tools: [] };
  }

  get current(): Declarations {
    return this.#current;
  }

  /**
   * From now on reads the tools of this instance, too: what a handler adds, only its own instance
   * has.
   */
  readAlso(source: Source): void {
    this.#sources.unshift(source);
  }

  /** What the server declares in the 2025 era may be more than in 2026-07-28. */
  declareLegacy(legacyCapabilities: JsonObject): void {
    this.#handshake = { ...this.#handshake, legacyCapabilities };
    this.#become({ ...this.#current, legacyCapabilities });
  }

  /** Reads all tools; those that were known are not until then. Never rejects. */
  async readTools(): Promise<void> {
    if (!this.#handshake.capabilities.tools) return;
    this.#isStale = true;
    if (this.#current.readingTools) return this.#current.readingTools;
    const reading = this.#readWhileStale();
    this.#become({ ...this.#handshake, readingTools: reading });
    return reading;
  }

  /** The server closes: that its tools can no longer be read is not a fault. */
  close(): void {
    this.#isClosed = true;
  }

  /**
   * Takes the tools from the first whole list that a caller gets, where the host could not read
   * them itself.
   */
  learning(exchange: Exchange, answering: Promise<Answer>): Promise<Answer> {
    const { method, params } = exchange.request;
    if (this.#current.tools || method !== 'tools/list' || params?.cursor !== undefined) {
      return answering;
    }
    return answering.then((answer) => {
      this.#learn(listIn(TOOLS, answer));
      return answer;
    });
  }

  #learn(tools: readonly JsonObject[] | undefined): void {
    const { tools: known, readingTools } = this.#current;
    if (tools && !known && !readingTools) this.#become({ ...this.#handshake, tools });
  }

  /** Tools that change while they are read are read again. */
  async #readWhileStale(): Promise<void> {
    // Requests that wait go first.
    await turn();
    let tools: JsonObject[] | undefined;
    while (this.#isStale) {
      this.#isStale = false;
      tools = await this.#readOnce();
    }
    this.#become(tools ? { ...this.#handshake, tools } : this.#handshake);
  }

  /** @returns undefined when the server does not list its tools without a caller. */
  async #readOnce(): Promise<JsonObject[] | undefined> {
    const { limitMs } = this.#options;
    const abort = new AbortController();
    const stop = countDown(limitMs, () => abort.abort());
    try {
      const waiting = waitingUntil(abort.signal);
      const reading = this.#sources.map((source) =>
        readList(TOOLS, (method, params) => ask(source, waiting, method, params)),
      );
      const lists = await Promise.all(reading);
      return lists.reduce((tools, further) => withNewItems(TOOLS, tools, further));
    } catch (error) {
      this.#warn(error);
      return undefined;
    } finally {
      stop();
    }
  }

  #warn(error: unknown): void {
    if (this.#hasWarned || this.#isClosed) return;
    this.#hasWarned = true;
    this.#options.log.warn(
      `The host cannot list the tools of this server without a caller: ${describeError(error)} ` +
        'The server is available, and each caller asks it for its tools. Until one caller has received them, the host cannot check the ' +
        'names in `tools` of servers.yaml, nor the `Mcp-Param` headers that a tool may ask for.',
    );
  }

  #become(declarations: Declarations): void {
    this.#current = declarations;
    this.#options.onChange();
  }
}

/** One request of the host's own. @throws when it is refused, or not answered in time. */
export async function ask(
  { transport, era, params: carried }: Source,
  waiting: Waiting,
  method: string,
  params: JsonObject,
): Promise<JsonObject> {
  const request = { era, method, params: { ...carried, ...params } };
  const answer = transport.exchange(internalExchange(request, waiting));
  const ended = new Promise<never>((_, reject) => {
    waiting.onAbort(() => reject(new Error(`The server did not answer \`${method}\` in time.`)));
  });
  return resultOf(method, await Promise.race([answer, ended]));
}

/** @throws Error for anything else. */
export function resultOf(method: string, answer: Answer): JsonObject {
  if ('error' in answer)
    throw new Error(`The server refused \`${method}\`: ${answer.error.message}`);
  if (!isObject(answer.result)) {
    throw new Error(`The server answered \`${method}\` without a result object.`);
  }
  return answer.result;
}
