// servers.lock.json in front of a server outside of this process: until the server is started, its
// handshake and lists are answered from there. Once it serves, its tools are compared with those of
// the lock file, and where `onToolsChanged` says so, other ones are neither listed nor called.

import { isObject } from '../../../config/json-value.ts';
import type { Lock } from '../../../config/lock-file.ts';
import type { ServerConfig } from '../../../config/schema.ts';
import { hashesByName, toolHash } from '../../../config/tool-hash.ts';
import type { Backend, BackendState, Declarations, Message } from '../backend.ts';
import { answerList, isListMethod, type Lists, listsOf } from '../declared-lists.ts';
import { derived } from '../derived.ts';
import type { Answer, Caller, Era, Exchange, JsonObject } from '../exchange.ts';
import { ForwardingBackend } from './forwarding-backend.ts';

/** The host answers these from what a server declares, or by itself. */
const ANSWERED_BY_HOST: ReadonlySet<string> = new Set([
  'initialize',
  'server/discover',
  'ping',
  'logging/setLevel',
]);

/** A server that always has new tools must fill neither the memory nor the log. */
const MAX_REPORTED = 1_000;

/** Names of tools that are not as in servers.lock.json. */
export interface ToolChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
}

type Differences = ReadonlyMap<string, keyof ToolChanges>;

export interface LockedListsLog {
  /** Called when tools that are not as in servers.lock.json are seen, once for each of them. */
  onToolsChanged(changes: ToolChanges): void;
}

class LockedLists extends ForwardingBackend {
  readonly #lock: Lock;
  readonly #blocks: boolean;
  readonly #log: LockedListsLog;
  readonly #declared: Declarations;
  readonly #lists: Lists;
  readonly #current: () => Declarations | undefined;
  /** Tools that are not as in the lock file, as they were seen last. */
  readonly #differences = new Map<string, keyof ToolChanges>();
  readonly #reported = new Set<string>();
  /** Lists that are kept hold the same objects each time. */
  readonly #hashes = new WeakMap<object, string | undefined>();

  constructor(inner: Backend, lock: Lock, blocks: boolean, log: LockedListsLog) {
    super(inner);
    this.#lock = lock;
    this.#blocks = blocks;
    this.#log = log;
    const { serverInfo, capabilities, instructions } = lock.server;
    this.#lists = listsOf(lock.server, capabilities);
    const tools = this.#lists['tools/list'];
    this.#declared = {
      serverInfo,
      capabilities,
      ...(instructions !== undefined && { instructions }),
      ...(tools && { tools }),
    };
    this.#current = derived(inner, (declarations) => this.#compare(declarations));
    // So that changes are reported before anybody asks.
    inner.subscribe((event) => event === 'declarations' && this.#current());
  }

  override get eras(): readonly Era[] {
    const { eras } = this.inner;
    return eras.length > 0 || this.#lock.isStale ? eras : [this.#lock.server.era];
  }

  override get state(): BackendState {
    const { state } = this.inner;
    return this.#differences.size === 0
      ? state
      : { ...state, toolsChanged: [...this.#differences.keys()] };
  }

  override get declarations(): Declarations | undefined {
    return this.#current() ?? (this.#lock.isStale ? undefined : this.#declared);
  }

  override ready(era: Era, caller?: Caller, message?: Message): Promise<void> | undefined {
    return this.#isResting && message && this.#isKnown(message)
      ? undefined
      : this.inner.ready(era, caller, message);
  }

  override answer(exchange: Exchange): Promise<Answer> {
    const { method } = exchange.request;
    if (isListMethod(method)) {
      const locked = this.#isResting ? answerList(exchange.request, this.#lists) : undefined;
      if (locked) return Promise.resolve(locked);
    }
    if (method === 'tools/list') return this.#list(exchange);
    return method === 'tools/call' && this.#blocks
      ? this.#call(exchange)
      : this.inner.answer(exchange);
  }

  /** Whether it has not been started, or is being started for the first time. */
  get #isResting(): boolean {
    const { is, tries } = this.inner.state;
    return !this.#lock.isStale && (is === 'idle' || (is === 'starting' && !tries));
  }

  /** Whether the server need not be started for it. */
  #isKnown({ method }: Message): boolean {
    if (isListMethod(method)) return method in this.#lists;
    return ANSWERED_BY_HOST.has(method) || method.startsWith('notifications/');
  }

  /** What a caller gets may be other tools than the host got without a caller. */
  async #list(exchange: Exchange): Promise<Answer> {
    const answer = await this.inner.answer(exchange);
    const result = 'result' in answer ? answer.result : undefined;
    if (!isObject(result) || !Array.isArray(result.tools)) return answer;
    const tools = result.tools.filter(isObject);
    const kept = this.#locked(tools, this.#note(tools));
    return kept.length === result.tools.length ? answer : { result: { ...result, tools: kept } };
  }

  async #call(exchange: Exchange): Promise<Answer> {
    const { era, caller, request } = exchange;
    await this.inner.declarations?.readingTools;
    // One that ended and is started again may have other tools than before.
    await this.inner.ready(era, caller, request);
    await this.inner.declarations?.readingTools;
    // The caller may have left, or run out of time, meanwhile.
    exchange.throwIfEnded();
    this.#current();
    const name = String(exchange.request.params?.name);
    const isAsLocked = this.#hashOf(name) !== undefined && !this.#differences.has(name);
    return isAsLocked ? this.inner.answer(exchange) : this.inner.unknownTool(name);
  }

  #compare(declarations: Declarations): Declarations {
    const { tools } = declarations;
    if (tools) this.#differences.clear();
    const differences = tools && this.#note(tools);
    if (!this.#blocks) return declarations;
    // Instructions reach a model as descriptions do.
    const { instructions } = this.#declared;
    const { instructions: _, ...others } = declarations;
    return {
      ...others,
      ...(instructions !== undefined && { instructions }),
      ...(tools && differences && { tools: this.#locked(tools, differences) }),
    };
  }

  /** Where other tools are blocked, those that are as in the lock file. */
  #locked(tools: readonly JsonObject[], differences: Differences): readonly JsonObject[] {
    return this.#blocks ? tools.filter(({ name }) => !differences.has(String(name))) : tools;
  }

  /** @returns how tools of this list differ, by name. */
  #note(tools: readonly JsonObject[]): Differences {
    const found = new Map<string, keyof ToolChanges>();
    const changes = { added: [] as string[], changed: [] as string[] };
    for (const [name, hash] of hashesByName(tools, (tool) => this.#keptHash(tool))) {
      const difference = this.#difference(name, hash);
      if (!difference) {
        this.#differences.delete(name);
        continue;
      }
      found.set(name, difference);
      if (this.#differences.size < MAX_REPORTED || difference === 'changed') {
        this.#differences.set(name, difference);
        if (this.#report(name)) changes[difference].push(name);
      }
    }
    if (changes.added.length + changes.changed.length > 0) this.#log.onToolsChanged(changes);
    return found;
  }

  /** @returns whether it is to be reported. */
  #report(name: string): boolean {
    if (this.#reported.has(name) || this.#reported.size >= MAX_REPORTED) return false;
    this.#reported.add(name);
    return true;
  }

  #difference(name: string, hash: string | undefined): keyof ToolChanges | undefined {
    const locked = this.#hashOf(name);
    if (locked === undefined) return 'added';
    return hash === locked ? undefined : 'changed';
  }

  #keptHash(tool: JsonObject): string | undefined {
    if (!this.#hashes.has(tool)) this.#hashes.set(tool, toolHash(tool));
    return this.#hashes.get(tool);
  }

  #hashOf(name: string): string | undefined {
    const { toolHashes } = this.#lock.server;
    return Object.hasOwn(toolHashes, name) ? toolHashes[name] : undefined;
  }
}

/** @param lock absent: the server is not in the lock file. */
export function lockLists(
  backend: Backend,
  server: ServerConfig,
  lock: Lock | undefined,
  log: LockedListsLog,
): Backend {
  if (!lock) return backend;
  const blocks = 'onToolsChanged' in server && server.onToolsChanged === 'block';
  return new LockedLists(backend, lock, blocks, log);
}
