// Several servers behind one path: a backend made of the backends of its members. Each request goes
// to one member under the name that it has there; lists are those of all.

import { isObject } from '../../../config/json-value.ts';
import type { CombineConfig } from '../../../config/schema.ts';
import type {
  Backend,
  BackendEvent,
  BackendListener,
  BackendState,
  Declarations,
  Message,
} from '../../exchange/backend.ts';
import { BackendListeners } from '../../exchange/backend-listeners.ts';
import type { Answer, Caller, Era, Exchange, JsonObject } from '../../exchange/exchange.ts';
import type { Member } from '../../exchange/member.ts';
import { HostError } from '../../exchange/refusals.ts';
import { META_KEYS, NOTIFICATIONS } from '../../exchange/wire-names.ts';
import { invalid, isError, isMethodUnknown, isUnknown, METHOD_NOT_FOUND } from './answers.ts';
import { Claims } from './claims.ts';
import { combinedDeclarations, serverInfoOf } from './combined-declarations.ts';
import { CombinedLists, type ListsLog } from './combined-lists.ts';
import { combinedState, isUsable, retryAtOf } from './combined-state.ts';
import { askMember, type MemberRequest } from './member-call.ts';

export { reportLongNames } from './long-names.ts';

/** A member translates for the era that it does not speak, so the combination speaks both. */
const ERAS: readonly Era[] = ['legacy', 'modern'];

const LIST_CHANGES: ReadonlyMap<string, string> = new Map([
  ['tools', NOTIFICATIONS.toolsChanged],
  ['prompts', NOTIFICATIONS.promptsChanged],
  ['resources', NOTIFICATIONS.resourcesChanged],
]);

const OF_RESOURCES: ReadonlySet<string> = new Set([
  NOTIFICATIONS.resourcesChanged,
  NOTIFICATIONS.resourceUpdated,
]);

export interface CombinedBackendOptions {
  readonly config: CombineConfig;
  /** In the order of the file. */
  readonly members: readonly Member[];
  /** Names of environment variables without which tokens cannot be checked. */
  readonly missing?: readonly string[] | undefined;
  readonly log: ListsLog;
}

export class CombinedBackend implements Backend {
  readonly eras = ERAS;
  /** Those of its members are counted there. */
  readonly abandonedHandlers = 0;
  readonly #members: readonly Member[];
  readonly #missing: readonly string[] | undefined;
  readonly #serverInfo: JsonObject;
  readonly #declarations: () => Declarations | undefined;
  readonly #claims = new Claims();
  readonly #lists: CombinedLists;
  readonly #listeners = new BackendListeners();
  readonly #unsubscribe: readonly (() => void)[];

  constructor({ config, members, missing, log }: CombinedBackendOptions) {
    this.#members = members;
    this.#missing = missing;
    this.#serverInfo = serverInfoOf(config);
    this.#declarations = combinedDeclarations(config, members);
    this.#lists = new CombinedLists({ config, members, claims: this.#claims, log });
    this.#unsubscribe = members.map((member) => {
      const { backend } = member;
      let isServing = backend.state.is === 'serving';
      return backend.subscribe((event) => {
        this.#emit(member, event);
        const wasServing = isServing;
        isServing = backend.state.is === 'serving';
        if (event === 'state' && wasServing !== isServing) this.#tellOfLists(member);
      });
    });
  }

  get state(): BackendState {
    return combinedState(this.#members, this.#missing);
  }

  /** Of the members that have said what they offer. */
  get declarations(): Declarations | undefined {
    return this.#declarations();
  }

  /** Clients ask once what there is. */
  isIncomplete(): boolean {
    return this.#members.some(isUnheard);
  }

  /** A call waits for its member; what is for all waits for all that start for the first time. */
  ready(era: Era, caller?: Caller, request?: Message): Promise<void> | undefined {
    if (this.#missing) throw new HostError('unavailable');
    const isNamed = request?.method === 'tools/call' || request?.method === 'prompts/get';
    const named = isNamed ? this.#memberOf(request?.params?.name) : undefined;
    // Without declarations it is not known what may be asked at all.
    if (named) return named.backend.declarations ? undefined : named.backend.ready(era, caller);
    const isUp = this.#members.some(isUsable);
    const awaited = this.#members.filter((member) => isUnheard(member) || !isUp);
    if (awaited.length === 0) return undefined;
    const waiting = awaited.map(async ({ backend }) => backend.ready(era, caller, request));
    return Promise.allSettled(waiting).then(() => {
      if (!this.#members.some(isUsable)) throw this.#refusal();
    });
  }

  async answer(exchange: Exchange): Promise<Answer> {
    const answer = await this.#route(exchange);
    return exchange.era === 'modern' ? this.#signed(answer) : answer;
  }

  unknownTool(name: string): Answer {
    return invalid(`Unknown tool: ${name}`);
  }

  subscribe(listener: BackendListener): () => void {
    return this.#listeners.subscribe(listener);
  }

  /** Its members close themselves. */
  async close(): Promise<void> {
    for (const end of this.#unsubscribe) end();
  }

  #route(exchange: Exchange): Promise<Answer> {
    const { method, params } = exchange.request;
    if (this.#lists.has(method)) return this.#list(exchange);
    switch (method) {
      case 'tools/call':
      case 'prompts/get':
        return this.#askByName(exchange, params?.name, (name) => ({
          name,
          params: { ...params, name },
        }));
      case 'completion/complete':
        return this.#complete(exchange, isObject(params?.ref) ? params.ref : {});
      case 'resources/read':
      case 'resources/subscribe':
      case 'resources/unsubscribe':
        return this.#askInTurn(exchange, this.#claims.inOrder(params?.uri, this.#members), isError);
      default:
        // Of an extension; only the members can tell whose.
        return this.#askInTurn(exchange, this.#members, isMethodUnknown);
    }
  }

  async #list(exchange: Exchange): Promise<Answer> {
    const capability = exchange.request.method.split('/', 1)[0] as string;
    return this.declarations?.capabilities[capability]
      ? this.#lists.answer(exchange)
      : METHOD_NOT_FOUND;
  }

  #complete(exchange: Exchange, ref: JsonObject): Promise<Answer> {
    const { params } = exchange.request;
    if (ref.type === 'ref/prompt') {
      const renamed = (name: string) => ({ params: { ...params, ref: { ...ref, name } } });
      return this.#askByName(exchange, ref.name, renamed);
    }
    return this.#askInTurn(exchange, this.#claims.inOrder(ref.uri, this.#members), isError);
  }

  /** @param requestOf makes the request to the member of the name that it has there. */
  async #askByName(
    exchange: Exchange,
    name: unknown,
    requestOf: (name: string) => MemberRequest,
  ): Promise<Answer> {
    const text = String(name);
    const member = this.#memberOf(text);
    if (!member) {
      return exchange.request.method === 'tools/call'
        ? this.unknownTool(text)
        : invalid(`Unknown prompt: ${text}`);
    }
    member.demandScopes(exchange.caller);
    return askMember(member, exchange, requestOf(text.slice(member.prefix.length + 1)));
  }

  #memberOf(name: unknown): Member | undefined {
    return this.#members.find(({ prefix }) => String(name).startsWith(`${prefix}_`));
  }

  /**
   * Asks one member after the other until one knows what is asked for.
   * @param isNext whether an answer says that the member does not.
   * @returns what says most: a member that failed may be the one that knows.
   */
  async #askInTurn(
    exchange: Exchange,
    members: readonly Member[],
    isNext: (answer: Answer) => boolean,
  ): Promise<Answer> {
    let unknown: Answer | undefined;
    let failure: (() => Answer) | undefined;
    for (const member of members) {
      try {
        member.demandScopes(exchange.caller);
        const answer = await askMember(member, exchange, { params: exchange.request.params });
        if (!isNext(answer)) return answer;
        if (isUnknown(answer)) unknown ??= answer;
        else failure ??= () => answer;
      } catch (error) {
        exchange.throwIfEnded();
        failure ??= () => {
          throw error;
        };
      }
    }
    return failure?.() ?? unknown ?? METHOD_NOT_FOUND;
  }

  /** Results of 2026-07-28 name their server, which is the combination. */
  #signed(answer: Answer): Answer {
    const result = 'result' in answer && isObject(answer.result) ? answer.result : undefined;
    const meta = result?._meta;
    if (!isObject(meta) || meta[META_KEYS.serverInfo] === undefined) return answer;
    return {
      result: { ...result, _meta: { ...meta, [META_KEYS.serverInfo]: this.#serverInfo } },
    };
  }

  /** A member came or went, and with it what it lists. */
  #tellOfLists(member: Member): void {
    const { declarations } = member.backend;
    for (const [capability, method] of LIST_CHANGES) {
      if (declarations?.capabilities[capability]) this.#emit(member, { jsonrpc: '2.0', method });
    }
  }

  /** Of resources only those hear who may list them. */
  #emit(member: Member, event: BackendEvent): void {
    const isOfResources = typeof event !== 'string' && OF_RESOURCES.has(event.method);
    this.#listeners.emit(event, isOfResources ? (caller) => mayUse(member, caller) : undefined);
  }

  #refusal(): HostError {
    const retryAt = retryAtOf(this.#members);
    if (retryAt === undefined) return new HostError('unavailable');
    const waitMs = retryAt - performance.now();
    return new HostError('unavailable', {
      retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)),
    });
  }
}

function mayUse(member: Member, caller: Caller): boolean {
  try {
    member.demandScopes(caller);
    return true;
  } catch {
    return false;
  }
}

/** It has not said yet what it offers, and will: it starts for the first time, or when asked. */
function isUnheard({ backend: { state, declarations } }: Member): boolean {
  const isComing = state.is === 'idle' || (state.is === 'starting' && !state.tries);
  return isComing && declarations === undefined;
}
