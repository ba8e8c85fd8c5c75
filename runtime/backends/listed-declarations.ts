// The declarations of a server outside this process: its handshake and all that it lists, read
// without a caller, and read again when it changes.

import type { Declarations } from '../exchange/backend.ts';
import {
  type Ask,
  answerList,
  isListMethod,
  LIST_METHODS,
  type ListMethod,
  type Lists,
  listIn,
  readLists,
} from '../exchange/declared-lists.ts';
import type { Answer, Exchange, JsonObject, JsonRpcRequest } from '../exchange/exchange.ts';
import type { Handshake } from './declarations.ts';
import type { BackendLog } from './open-options.ts';

export interface ListedDeclarationsOptions {
  /** Called when the declarations are others than before. */
  readonly onChange: () => void;
  readonly log: BackendLog;
}

export class ListedDeclarations {
  readonly #options: ListedDeclarationsOptions;
  #handshake: Handshake;
  #lists: Lists = {};
  readonly #stale = new Set<ListMethod>();
  #reading: Promise<void> | undefined;
  #current: Declarations;
  #hasWarned = false;

  constructor(handshake: Handshake, options: ListedDeclarationsOptions) {
    this.#options = options;
    this.#handshake = handshake;
    this.#current = handshake;
  }

  get current(): Declarations {
    return this.#current;
  }

  /** A server that was started again may be another one than before. */
  replace(handshake: Handshake): void {
    this.#handshake = handshake;
  }

  /** What the server declares in the 2025 era may be more than in 2026-07-28. */
  declareLegacy(legacyCapabilities: JsonObject): void {
    this.#handshake = { ...this.#handshake, legacyCapabilities };
    this.#become({ ...this.#current, legacyCapabilities });
  }

  /** @returns undefined for what is not a list, and for a list that is not known. */
  answer(request: JsonRpcRequest): Answer | undefined {
    return answerList(request, this.#lists);
  }

  /**
   * Reads lists; what was known of them is not until then, so callers ask the server meanwhile.
   * Never rejects.
   */
  read(ask: Ask, methods: readonly ListMethod[] = LIST_METHODS): Promise<void> {
    for (const method of methods) this.#stale.add(method);
    this.#lists = without(this.#lists, methods);
    this.#reading ??= this.#readWhileStale(ask);
    if (methods.includes('tools/list')) {
      this.#become({ ...this.#handshake, readingTools: this.#reading });
    }
    return this.#reading;
  }

  /**
   * Takes a list from the first whole answer that a caller gets, where the host could not read it
   * itself.
   */
  learning(exchange: Exchange, answering: Promise<Answer>): Promise<Answer> {
    const { method, params } = exchange.request;
    const isWanted = isListMethod(method) && params?.cursor === undefined && !this.#reading;
    if (!isWanted || method !== 'tools/list' || this.#current.tools) return answering;
    return answering.then((answer) => {
      const tools = listIn(method, answer);
      // Lists may differ by caller, so the server answers them anyway.
      if (tools && !this.#reading) this.#become({ ...this.#handshake, tools });
      return answer;
    });
  }

  /** Lists that change while they are read are read again. */
  async #readWhileStale(ask: Ask): Promise<void> {
    while (this.#stale.size > 0) {
      const methods = [...this.#stale];
      this.#stale.clear();
      const { capabilities } = this.#handshake;
      const read = await readLists(methods, capabilities, ask, (method, reason) =>
        this.#report(method, reason),
      );
      this.#lists = { ...without(this.#lists, methods), ...read };
    }
    this.#reading = undefined;
    const tools = this.#lists['tools/list'];
    this.#become(tools ? { ...this.#handshake, tools } : this.#handshake);
  }

  #report(method: ListMethod, reason: string): void {
    const { log } = this.#options;
    const message = `The host cannot read \`${method}\` without a caller: ${reason} The server answers it for each caller.`;
    if (method !== 'tools/list') {
      log.debug(message);
      return;
    }
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    log.warn(
      `${message} Until one caller has received them, the host cannot check the names in \`tools\` of servers.yaml, nor the ` +
        '`Mcp-Param` headers that a tool may ask for.',
    );
  }

  #become(declarations: Declarations): void {
    this.#current = declarations;
    this.#options.onChange();
  }
}

function without(lists: Lists, methods: readonly ListMethod[]): Lists {
  const kept = Object.entries(lists).filter(([method]) => !methods.includes(method as ListMethod));
  return Object.fromEntries(kept) as Record<string, readonly JsonObject[]>;
}
