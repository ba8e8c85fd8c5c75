// Lists that are the same for every caller (`cacheScope: public`), kept for `ttlMs`: no server is
// asked for them.

import type { Backend, BackendEvent } from '../backend.ts';
import type { Answer, Exchange, JsonObject } from '../exchange.ts';
import { NOTIFICATIONS } from '../wire-names.ts';
import { ForwardingBackend } from './forwarding-backend.ts';

/** The lists, and the notification that ends what is kept of each. */
const CHANGED_BY: ReadonlyMap<string, string> = new Map([
  ['tools/list', NOTIFICATIONS.toolsChanged],
  ['prompts/list', NOTIFICATIONS.promptsChanged],
  ['resources/list', NOTIFICATIONS.resourcesChanged],
  ['resources/templates/list', NOTIFICATIONS.resourcesChanged],
]);

/** A server whose list never ends must not fill the memory. */
const MAX_PAGES = 1_000;

const LIST_CHANGES: ReadonlySet<string> = new Set(CHANGED_BY.values());

/** A list differs by era: one of 2026-07-28 has further members. */
type Asked = Pick<Exchange, 'request' | 'era'>;

interface Page {
  readonly method: string;
  readonly answer: Answer;
  /** Key of the page that it links, if any. */
  readonly next: string | undefined;
  readonly expiresAt: number;
}

export class ListCache extends ForwardingBackend {
  readonly #ttlMs: number;
  readonly #pages = new Map<string, Page>();
  /** A list that was begun before the last change may be old when it is ready. */
  #changes = 0;

  /** @param ttlMs how long a page is kept, milliseconds. */
  constructor(inner: Backend, ttlMs: number) {
    super(inner);
    this.#ttlMs = ttlMs;
    inner.subscribe((event) => this.#drop(event));
  }

  override answer(exchange: Exchange): Promise<Answer> {
    if (!CHANGED_BY.has(exchange.request.method)) return this.inner.answer(exchange);
    const kept = this.#get(exchange);
    return kept ? Promise.resolve(kept) : this.#ask(exchange);
  }

  async #ask(exchange: Exchange): Promise<Answer> {
    const begunAt = this.#changes;
    const answer = await this.inner.answer(exchange);
    if (begunAt === this.#changes) this.#keep(exchange, answer);
    return answer;
  }

  #get(asked: Asked): Answer | undefined {
    const page = this.#pages.get(keyOf(asked));
    return page && page.expiresAt > performance.now() ? page.answer : undefined;
  }

  /**
   * Not what its server calls private, and no page that a kept one does not link: clients can make
   * up cursors.
   */
  #keep(asked: Asked, answer: Answer): void {
    const { method } = asked.request;
    if ('error' in answer) return;
    const key = keyOf(asked);
    if (asked.request.params?.cursor !== undefined && !this.#isLinked(key)) return;
    // SDK v2 writes 0 and `private` where its server says nothing.
    const { ttlMs = 0, cacheScope, nextCursor } = (answer.result ?? {}) as JsonObject;
    const isOwn = typeof ttlMs === 'number' && ttlMs > 0;
    if (isOwn && cacheScope === 'private') return;
    if (this.#pages.size >= MAX_PAGES) this.#pages.clear();
    const lifeMs = isOwn ? Math.min(ttlMs, this.#ttlMs) : this.#ttlMs;
    const next = nextCursor === undefined ? undefined : keyOf(asked, nextCursor);
    this.#pages.set(key, { method, answer, next, expiresAt: performance.now() + lifeMs });
  }

  #isLinked(key: string): boolean {
    return [...this.#pages.values()].some(({ next }) => next === key);
  }

  #drop(event: BackendEvent): void {
    // A server that returned may be another one than before.
    if (event === 'state') {
      this.#pages.clear();
      this.#changes += 1;
    }
    if (typeof event === 'string') return;
    if (LIST_CHANGES.has(event.method)) this.#changes += 1;
    for (const [key, { method }] of this.#pages) {
      if (CHANGED_BY.get(method) === event.method) this.#pages.delete(key);
    }
  }
}

function keyOf({ request, era }: Asked, cursor = request.params?.cursor): string {
  return `${era} ${request.method} ${JSON.stringify(cursor)}`;
}
