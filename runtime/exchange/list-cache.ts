// Lists that are the same for every caller (`cacheScope: public`), kept for `ttlMs`: no server is asked for them.

import type { Answer, JsonRpcNotification, JsonRpcRequest } from './exchange.ts';

/** The lists, and the notification that ends what is kept of each. */
const CHANGED_BY: ReadonlyMap<string, string> = new Map([
  ['tools/list', 'notifications/tools/list_changed'],
  ['prompts/list', 'notifications/prompts/list_changed'],
  ['resources/list', 'notifications/resources/list_changed'],
  ['resources/templates/list', 'notifications/resources/list_changed'],
]);

/** Pages that clients ask for by made-up cursors must not fill the memory. */
const MAX_PAGES = 1_000;

interface Page {
  readonly method: string;
  readonly answer: Answer;
  readonly expiresAt: number;
}

export class ListCache {
  readonly #ttlMs: number;
  readonly #pages = new Map<string, Page>();

  /** @param ttlMs how long a page is kept, milliseconds. */
  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs;
  }

  get(request: JsonRpcRequest): Answer | undefined {
    const page = this.#pages.get(keyOf(request));
    return page && page.expiresAt > performance.now() ? page.answer : undefined;
  }

  /** Keeps the result of a list; anything else is passed over. */
  keep(request: JsonRpcRequest, answer: Answer): void {
    const { method } = request;
    if (!CHANGED_BY.has(method) || 'error' in answer) return;
    if (this.#pages.size >= MAX_PAGES) this.#pages.clear();
    const expiresAt = performance.now() + this.#ttlMs;
    this.#pages.set(keyOf(request), { method, answer, expiresAt });
  }

  /** Forgets what the notification says has changed. */
  drop(notification: JsonRpcNotification): void {
    for (const [key, { method }] of this.#pages) {
      if (CHANGED_BY.get(method) === notification.method) this.#pages.delete(key);
    }
  }
}

function keyOf({ method, params }: JsonRpcRequest): string {
  return `${method} ${JSON.stringify(params?.cursor)}`;
}
