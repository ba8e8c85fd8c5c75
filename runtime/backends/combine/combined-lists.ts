// The lists of a combination: the lists of all members, in one page. A member that is down or too
// slow is left out.

import { isObject } from '../../../config/json-value.ts';
import type { ServerConfig } from '../../../config/schema.ts';
import { atMost } from '../../exchange/at-most.ts';
import { describeError } from '../../exchange/bounded-text.ts';
import type { Answer, Era, Exchange, JsonObject, JsonRpcError } from '../../exchange/exchange.ts';
import type { Member } from '../../exchange/member.ts';
import { HostError } from '../../exchange/refusals.ts';
import { ScopesNeeded } from '../../exchange/scopes-needed.ts';
import { invalid, isMethodUnknown } from './answers.ts';
import type { Claims } from './claims.ts';
import { prefixed } from './combined-declarations.ts';
import { askMember } from './member-call.ts';

/** Part of the combination's `timeoutMs` that one member may take, so that a slow one harms none. */
const LIST_SHARE = 0.5;
/** A member whose list never ends must not fill the memory. */
const MAX_PAGES = 1_000;
const MAX_REPORTED = 1_000;

interface List {
  /** The capability of members that have it. */
  readonly capability: string;
  /** The member of a result that holds the items. */
  readonly key: string;
  /** The member of an item that must differ from all others; undefined where it gets a prefix. */
  readonly unique?: string;
}

const LISTS: ReadonlyMap<string, List> = new Map<string, List>([
  ['tools/list', { capability: 'tools', key: 'tools' }],
  ['prompts/list', { capability: 'prompts', key: 'prompts' }],
  ['resources/list', { capability: 'resources', key: 'resources', unique: 'uri' }],
  [
    'resources/templates/list',
    { capability: 'resources', key: 'resourceTemplates', unique: 'uriTemplate' },
  ],
]);

export interface ListsLog {
  /** Called once for each resource that two members have. */
  onClaimedTwice(uri: string, first: string, second: string): void;
  /** Called for a member that serves and cannot be listed; again only after it was listed. */
  onListFailed(member: string, method: string, detail: string): void;
}

export interface CombinedListsOptions {
  readonly config: Pick<ServerConfig, 'timeoutMs' | 'ttlMs' | 'cacheScope'>;
  readonly members: readonly Member[];
  readonly claims: Claims;
  readonly log: ListsLog;
}

/** How long an answer may be kept, and for whom. */
type Hints = Pick<ServerConfig, 'ttlMs' | 'cacheScope'>;

interface Part {
  readonly member: Member;
  readonly items: readonly JsonObject[];
  /** Absent where the member has none of its own. */
  readonly hints?: Hints | undefined;
}

export class CombinedLists {
  readonly #options: CombinedListsOptions;
  readonly #claimedTwice = new Set<string>();
  /** Members whose last list failed. */
  readonly #failing = new Set<string>();

  constructor(options: CombinedListsOptions) {
    this.#options = options;
  }

  has(method: string): boolean {
    return LISTS.has(method);
  }

  /** @throws what the first member fails with, when all do. */
  async answer(exchange: Exchange): Promise<Answer> {
    const { method, params } = exchange.request;
    const list = LISTS.get(method) as List;
    if (params?.cursor !== undefined)
      return invalid('This list has only one page, so no cursor is valid.');
    const settled = await Promise.allSettled(
      this.#options.members.map((member) => this.#part(member, list, exchange)),
    );
    exchange.throwIfEnded();
    const parts = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const failures = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    const overloaded = failures.find(isOverload);
    if (overloaded) throw overloaded;
    if (failures.length > 0 && failures.length === settled.length) return answerOf(failures[0]);
    const items = parts.flatMap((part) => part.items.map((item) => ({ item, part })));
    const published = list.unique ? this.#firstOnly(items, list.unique) : items.map(withPrefix);
    const hints = failures.length > 0 ? this.#soon() : this.#hintsOf(parts);
    return { result: { [list.key]: published, ...hints } };
  }

  async #part(member: Member, list: List, exchange: Exchange): Promise<Part> {
    const { method } = exchange.request;
    const id = `${member.config.name} ${method}`;
    try {
      // What it is called is told to every caller, so that a client can ask for the scope of a call.
      // Which resources there are is content.
      if (list.unique) member.demandScopes(exchange.caller);
      const endsAt = performance.now() + this.#options.config.timeoutMs * LIST_SHARE;
      await started(member, exchange.era, endsAt);
      if (!member.backend.declarations?.capabilities[list.capability]) return { member, items: [] };
      const part = await this.#read(member, list, exchange, endsAt);
      this.#options.claims.learn(member, method, part.items);
      this.#failing.delete(id);
      return part;
    } catch (error) {
      if (error instanceof ScopesNeeded) return { member, items: [] };
      const { tools } = member.backend.declarations ?? {};
      // A member at its limit is there.
      if (isOverload(error) && list.key === 'tools' && tools) return { member, items: tools };
      const isReported = isOverload(error) || this.#failing.has(id);
      if (!isReported && member.backend.state.is === 'serving') {
        this.#failing.add(id);
        this.#options.log.onListFailed(member.config.name, method, describeError(error));
      }
      throw error;
    }
  }

  /** All pages. A list whose cursor comes again is used as far as it was read. */
  async #read(member: Member, { key }: List, exchange: Exchange, endsAt: number): Promise<Part> {
    const { cursor: _, ...asked } = exchange.request.params ?? {};
    const items: JsonObject[] = [];
    const cursors = new Set<unknown>();
    let hints: Hints | undefined;
    let cursor: unknown;
    do {
      cursors.add(cursor);
      const params = cursor === undefined ? asked : { ...asked, cursor };
      const limitMs = endsAt - performance.now();
      const answer = await askMember(member, exchange, { params, limitMs });
      // It has resources, but no templates of them.
      if (isMethodUnknown(answer)) break;
      const result = resultOf(answer);
      const page = result[key];
      if (!Array.isArray(page)) throw new Error(`The list has no \`${key}\`.`);
      // Not spread: a page may have more items than a call can have arguments.
      for (const item of page) if (isObject(item)) items.push(item);
      const own = hintsOf(result);
      hints = hints && own ? strictest(hints, own) : (hints ?? own);
      cursor = result.nextCursor ?? undefined;
    } while (cursor !== undefined && !cursors.has(cursor) && cursors.size < MAX_PAGES);
    return { member, items, hints };
  }

  /** Of two members with one resource, the first one has it. */
  #firstOnly(
    items: readonly { readonly item: JsonObject; readonly part: Part }[],
    unique: string,
  ): JsonObject[] {
    const owners = new Map<unknown, Member>();
    return items.flatMap(({ item, part: { member } }) => {
      const owner = owners.get(item[unique]);
      if (!owner) {
        owners.set(item[unique], member);
        return [item];
      }
      if (owner === member) return [item];
      this.#report(String(item[unique]), owner, member);
      return [];
    });
  }

  #report(uri: string, first: Member, second: Member): void {
    if (this.#claimedTwice.has(uri) || this.#claimedTwice.size >= MAX_REPORTED) return;
    this.#claimedTwice.add(uri);
    this.#options.log.onClaimedTwice(uri, first.config.name, second.config.name);
  }

  /** Without a member that is down, a list is for now: neither this host nor a client keeps it. */
  #soon(): Partial<Hints> {
    return this.#options.config.ttlMs > 0 ? { ttlMs: 1, cacheScope: 'private' } : {};
  }

  /** The strictest of all; nothing where servers.yaml alone decides. */
  #hintsOf(parts: readonly Part[]): Partial<Hints> {
    if (parts.every(({ hints }) => hints === undefined)) return {};
    const { ttlMs, cacheScope } = this.#options.config;
    const own = { ttlMs, cacheScope };
    return parts.map(({ hints }) => hints ?? own).reduce(strictest);
  }
}

/**
 * Waits until it is known what the member has. @throws HostError `unavailable`, `deadline`.
 */
async function started({ backend }: Member, era: Era, endsAt: number): Promise<void> {
  const waiting = backend.declarations ? undefined : backend.ready(era);
  if (!waiting) return;
  await atMost(endsAt - performance.now(), waiting);
  if (!backend.declarations) throw new HostError('deadline');
}

function withPrefix({ item, part }: { readonly item: JsonObject; readonly part: Part }) {
  return prefixed(part.member, item);
}

function isOverload(error: unknown): boolean {
  return error instanceof HostError && error.reason === 'overloaded';
}

/** A member's own error in place of its list. */
class ListError extends Error {
  override readonly name = 'ListError';
  readonly error: JsonRpcError;

  constructor(error: JsonRpcError) {
    super(error.message);
    this.error = error;
  }
}

/** @throws any failure that is no answer. */
function answerOf(failure: unknown): Answer {
  if (failure instanceof ListError) return { error: failure.error };
  throw failure;
}

function resultOf(answer: Answer): JsonObject {
  if ('error' in answer) throw new ListError(answer.error);
  if (!isObject(answer.result)) throw new Error('The list is not an object.');
  return answer.result;
}

/** SDK v2 writes 0 and `private` where its server says nothing. */
function hintsOf({ ttlMs, cacheScope }: JsonObject): Hints | undefined {
  if (typeof ttlMs !== 'number' || ttlMs <= 0) return undefined;
  return { ttlMs, cacheScope: cacheScope === 'public' ? 'public' : 'private' };
}

function strictest(one: Hints, other: Hints): Hints {
  const isPublic = one.cacheScope === 'public' && other.cacheScope === 'public';
  return {
    ttlMs: Math.min(one.ttlMs, other.ttlMs),
    cacheScope: isPublic ? 'public' : 'private',
  };
}
