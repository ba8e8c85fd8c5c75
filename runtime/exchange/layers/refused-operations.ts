// Refuses operations that have blocked processes of this app, while the rest of the server keeps
// working.

import type { Backend, BackendState } from '../backend.ts';
import { operationOf } from '../entered.ts';
import type { Answer, Exchange } from '../exchange.ts';
import { HostError } from '../refusals.ts';
import { ForwardingBackend } from './forwarding-backend.ts';

/** Operations that are refused, because processes stood still in them; times by `Date.now()`. */
export interface Refused {
  /** By {@link operationOf}, when requests pass again. */
  readonly until: ReadonlyMap<string, number>;
  /**
   * When tools that the server does not list pass again; absent where none are refused.
   * @param isListed whether an operation is a call of a tool that it lists.
   */
  readonly unlistedEnd?: (isListed: (operation: string) => boolean) => number;
}

/** What {@link BackendState.blocked} calls tools that are not listed. */
const UNLISTED = 'tools/call of tools that are not listed';

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
    if (this.#unlistedEnd() > now) blocked.push(UNLISTED);
    return blocked.length > 0 ? { ...this.inner.state, blocked } : this.inner.state;
  }

  override async answer(exchange: Exchange): Promise<Answer> {
    const { until, unlistedEnd } = this.#refused;
    const isTool = exchange.request.method === 'tools/call';
    if (unlistedEnd && isTool) await this.inner.declarations?.readingTools;
    const operation = operationOf(exchange.request);
    const end = until.get(operation) ?? (isTool ? this.#unlistedEnd(operation) : 0);
    const leftMs = end - Date.now();
    if (leftMs <= 0) {
      // The caller may have left while the tools were read.
      exchange.throwIfEnded();
      return this.inner.answer(exchange);
    }
    throw new HostError('blocked', { retryAfterSeconds: Math.ceil(leftMs / 1_000) });
  }

  /** 0 for an operation that is listed, and where it is not known what is. */
  #unlistedEnd(operation?: string): number {
    const tools = this.inner.declarations?.tools;
    const { unlistedEnd } = this.#refused;
    if (!tools || !unlistedEnd) return 0;
    const listed = new Set(
      tools.map(({ name }) => operationOf({ method: 'tools/call', params: { name } })),
    );
    if (operation !== undefined && listed.has(operation)) return 0;
    return unlistedEnd((each) => listed.has(each));
  }
}

/** @returns `inner` itself where nothing is refused, so that a call costs nothing. */
export function refuseOperations(inner: Backend, refused: Refused): Backend {
  const isNeeded = refused.until.size > 0 || refused.unlistedEnd !== undefined;
  return isNeeded ? new RefusedOperations(inner, refused) : inner;
}
