// Lists that are the same for every caller (`cacheScope: public`), kept for `ttlMs`: no server is asked for them.

import type { Answer, Exchange, JsonObject, JsonRpcNotification } from './exchange.ts';

/** The lists, and the notification that ends what is kept of each. */
const CHANGED_BY: ReadonlyMap<string, string> = new Map([
  ['tools/list', 'notifications/tools/list_changed'],
  ['prompts/list', 'notifications/prompts/list_changed'],
  ['resources/list', 'notifications/resources/list_changed'],
  ['resources/templates/list', 'notifications/resources/list_changed'],
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

export class ListCache {
  readonly #ttlMs: number;
  readonly #pages = new Map<string, Page>();
  #changes = 0;

  /** @param ttlMs how long a page is kept, milliseconds. */
  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs;
  }

  /** How many changes there were so far; a list that was begun before the last one may be old when it is ready. */
  get changes(): number {
    return this.#changes;
  }

  get(asked: Asked): Answer | undefined {
    if (!CHANGED_BY.has(asked.request.method)) return undefined;
    const page = this.#pages.get(keyOf(asked));
    return page && page.expiresAt > performance.now() ? page.answer : undefined;
  }

  /**
   * Keeps the result of a list; anything else is passed over, a list that its server itself calls private, and a page
   * that no kept one links: clients can make up cursors without end.
   * @param begunAt {@link changes} when the server was asked; a list that changed since is not kept.
   */
  keep(asked: Asked, answer: Answer, begunAt: number): void {
    const { method } = asked.request;
    if (!CHANGED_BY.has(method) || 'error' in answer || begunAt !== this.#changes) return;
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

  /** Forgets what the notification says has changed. */
  drop(notification: JsonRpcNotification): void {
    if (LIST_CHANGES.has(notification.method)) this.#changes += 1;
    for (const [key, { method }] of this.#pages) {
      if (CHANGED_BY.get(method) === notification.method) this.#pages.delete(key);
    }
  }
}

function keyOf({ request, era }: Asked, cursor = request.params?.cursor): string {
  return `${era} ${request.method} ${JSON.stringify(cursor)}`;
}
