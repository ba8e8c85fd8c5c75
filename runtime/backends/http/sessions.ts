// The sessions of this host with one server of the 2025 era: whose they are, and how long they are
// kept.

import { HostError } from '../../exchange/refusals.ts';
import { type LegacySession, SessionLost } from './legacy-session.ts';

/** More than this many are not kept: the longest idle one ends first. */
const MAX_SESSIONS = 1_000;

export interface SessionsOptions<Client> {
  /** Opens a session. @throws HostError. */
  readonly open: (client: Client, signal: AbortSignal) => Promise<LegacySession>;
  readonly openTimeoutMs: number;
  readonly idleTimeoutMs: number;
}

interface Kept {
  readonly session: Promise<LegacySession>;
  inFlight: number;
  timer: NodeJS.Timeout | undefined;
}

export class Sessions<Client> {
  readonly #options: SessionsOptions<Client>;
  /** The longest unused first. */
  readonly #kept = new Map<string, Kept>();
  /** Sessions for one request, and those that are ending. */
  readonly #others = new Set<Promise<unknown>>();
  readonly #openings = new Set<AbortController>();
  #isClosed = false;

  constructor(options: SessionsOptions<Client>) {
    this.#options = options;
  }

  /**
   * Works in the session of `key`; without a key, in one that ends with the work. A session that the
   * server has lost is opened again, once.
   * @throws what opening and `work` throw.
   */
  async use<T>(
    key: string | undefined,
    client: Client,
    work: (session: LegacySession) => Promise<T>,
  ): Promise<T> {
    for (let isAgain = false; ; isAgain = true) {
      try {
        return await (key === undefined
          ? this.#useOnce(client, work)
          : this.#useKept(key, client, work));
      } catch (error) {
        if (!(error instanceof SessionLost)) throw error;
        if (isAgain) {
          const detail = 'The server lost a session that it had just opened.';
          throw new HostError('upstream-invalid', { detail });
        }
      }
    }
  }

  /** Ends all sessions, within the limit of each. Never throws. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const opening of this.#openings) opening.abort();
    for (const key of [...this.#kept.keys()]) this.#end(key);
    await Promise.allSettled(this.#others);
  }

  async #useOnce<T>(client: Client, work: (session: LegacySession) => Promise<T>): Promise<T> {
    const session = await this.#openSession(client);
    try {
      return await work(session);
    } finally {
      this.#follow(session.close());
    }
  }

  async #useKept<T>(
    key: string,
    client: Client,
    work: (session: LegacySession) => Promise<T>,
  ): Promise<T> {
    const kept = this.#take(key, client);
    kept.inFlight += 1;
    clearTimeout(kept.timer);
    try {
      return await work(await kept.session.catch((error) => this.#forget(key, kept, error)));
    } catch (error) {
      if (error instanceof SessionLost) this.#forget(key, kept);
      throw error;
    } finally {
      kept.inFlight -= 1;
      if (kept.inFlight === 0) this.#rest(key, kept);
    }
  }

  #take(key: string, client: Client): Kept {
    const kept = this.#kept.get(key) ?? this.#open(client);
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept;
  }

  /** @throws HostError `overloaded`. */
  #open(client: Client): Kept {
    if (this.#kept.size >= MAX_SESSIONS) {
      const idle = [...this.#kept].find(([, { inFlight }]) => inFlight === 0);
      if (!idle) throw new HostError('overloaded');
      this.#end(idle[0]);
    }
    return { session: this.#openSession(client), inFlight: 0, timer: undefined };
  }

  /** Not given up with the request that needs it first: others may wait too. @throws HostError. */
  async #openSession(client: Client): Promise<LegacySession> {
    if (this.#isClosed) throw new HostError('shutdown');
    const abort = new AbortController();
    this.#openings.add(abort);
    const timer = setTimeout(() => abort.abort(), this.#options.openTimeoutMs);
    try {
      return await this.#options.open(client, abort.signal);
    } catch (error) {
      if (!abort.signal.aborted) throw error;
      throw new HostError(this.#isClosed ? 'shutdown' : 'upstream-timeout');
    } finally {
      clearTimeout(timer);
      this.#openings.delete(abort);
    }
  }

  #rest(key: string, kept: Kept): void {
    if (this.#kept.get(key) !== kept) return;
    kept.timer = setTimeout(() => this.#end(key), this.#options.idleTimeoutMs).unref();
  }

  #end(key: string): void {
    const kept = this.#kept.get(key);
    if (!kept) return;
    this.#kept.delete(key);
    clearTimeout(kept.timer);
    this.#follow(kept.session.then((session) => session.close()));
  }

  /** The next request opens another one. @throws `error`. */
  #forget(key: string, kept: Kept): void;
  #forget(key: string, kept: Kept, error: unknown): never;
  #forget(key: string, kept: Kept, error?: unknown): void {
    if (this.#kept.get(key) === kept) this.#kept.delete(key);
    if (error !== undefined) throw error;
  }

  #follow(ending: Promise<unknown>): void {
    const settled = ending.catch(() => {}).finally(() => this.#others.delete(settled));
    this.#others.add(settled);
  }
}
