// Refuses operations that have blocked processes of this app, while the rest of the server keeps
// working.

import type { Backend, BackendState } from '../backend.ts';
import { isNamedMethod, NAMED_METHODS, type NamedMethod, operationOf } from '../entered.ts';
import type { Answer, Exchange } from '../exchange.ts';
import { HostError } from '../refusals.ts';
import { ForwardingBackend } from './forwarding-backend.ts';

/** Operations that are refused, because processes stood still in them; times by `Date.now()`. */
export interface Refused {
  /** By {@link operationOf}, when requests pass again. */
  readonly until: ReadonlyMap<string, number>;
  /**
   * When requests for what the server does not list pass again; absent where none are refused.
   * @param isListed whether the server lists what an operation names.
   */
  readonly unlistedEnd?: (method: NamedMethod, isListed: (operation: string) => boolean) => number;
}

/** What {@link BackendState.blocked} calls what is not listed. */
const UNLISTED: Readonly<Record<NamedMethod, string>> = {
  'tools/call': 'tools/call of tools that are not listed',
  'prompts/get': 'prompts/get',
};

class RefusedOperations extends ForwardingBackend {
  readonly #refused: Refused;

  constructor(inner: Backend, refused: Refused) {
    super(inner);
    this.#refused = refused;
  }

  override get state(): BackendState {
    const now = Date.now();
    const { until } = this.#refused;
    const blocked = [...until].flatMap(([operation, end]) => (end > now ? [operation] : []));
    for (const method of NAMED_METHODS) {
      if (this.#unlistedEnd(method) > now) blocked.push(UNLISTED[method]);
    }
    return blocked.length > 0 ? { ...this.inner.state, blocked } : this.inner.state;
  }

  override async answer(exchange: Exchange): Promise<Answer> {
    const { until, unlistedEnd } = this.#refused;
    const { method } = exchange.request;
    if (unlistedEnd && method === 'tools/call') await this.inner.declarations?.readingTools;
    const operation = operationOf(exchange.request);
    const isNamed = isNamedMethod(method);
    const end = until.get(operation) ?? (isNamed ? this.#unlistedEnd(method, operation) : 0);
    const leftMs = end - Date.now();
    if (leftMs <= 0) {
      // The caller may have left while the tools were read.
      exchange.throwIfEnded();
      return this.inner.answer(exchange);
    }
    throw new HostError('blocked', { retryAfterSeconds: Math.ceil(leftMs / 1_000) });
  }

  /** 0 for an operation that is listed, and where it is not known what is. */
  #unlistedEnd(method: NamedMethod, operation?: string): number {
    const names = this.#listedNames(method);
    const { unlistedEnd } = this.#refused;
    if (!names || !unlistedEnd) return 0;
    const listed = new Set(names.map((name) => operationOf({ method, params: { name } })));
    if (operation !== undefined && listed.has(operation)) return 0;
    return unlistedEnd(method, (each) => listed.has(each));
  }

  /** The host reads no prompts, so after ends in two of them none passes. */
  #listedNames(method: NamedMethod): readonly unknown[] | undefined {
    if (method === 'prompts/get') return [];
    return this.inner.declarations?.tools?.map(({ name }) => name);
  }
}

/** @returns `inner` itself where nothing is refused, so that a call costs nothing. */
export function refuseOperations(inner: Backend, refused: Refused): Backend {
  const isNeeded = refused.until.size > 0 || refused.unlistedEnd !== undefined;
  return isNeeded ? new RefusedOperations(inner, refused) : inner;
}
