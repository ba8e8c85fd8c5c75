// A server elsewhere in each of the eras that it speaks: which ones, found out when the first callers
// come, and who answers a request.

import type { Era, Exchange } from '../../exchange/exchange.ts';
import { Unavailability } from '../../exchange/unavailability.ts';
import { withAnySignal } from '../any-signal.ts';
import type { Handshake } from '../declarations.ts';
import type { KnownEras } from '../known-eras.ts';
import { type LegacySpeakerOptions, openLegacySpeaker } from './legacy-speaker.ts';
import { discover, isOfAnyEra, type ModernSpeakerOptions } from './modern-speaker.ts';
import type { Speaker } from './speaker.ts';

/** How long a server may take to answer in an era that is tried; also as part of `startTimeoutMs`. */
const TRIAL_LIMIT_MS = 10_000;
const TRIAL_SHARE = 0.5;
/** When a try said nothing of the era, the next one is made after this time. */
const PAUSE_MS = 60_000;
/** There is no such thing in 2026-07-28. */
const OF_2025_ONLY: ReadonlySet<string> = new Set(['resources/subscribe', 'resources/unsubscribe']);

export type SpeakersOptions = Omit<LegacySpeakerOptions & ModernSpeakerOptions, 'nextId'> & {
  readonly eras: KnownEras;
};

export class Speakers {
  readonly #options: LegacySpeakerOptions & ModernSpeakerOptions;
  readonly #eras: KnownEras;
  readonly #open: Partial<Record<Era, Speaker>> = {};
  readonly #closing = new AbortController();
  #learning: Promise<Handshake | undefined> | undefined;
  #pausedAt = Number.NEGATIVE_INFINITY;

  constructor({ eras, ...options }: SpeakersOptions) {
    this.#eras = eras;
    let lastId = 0;
    const nextId = (): number => {
      lastId += 1;
      return lastId;
    };
    this.#options = { ...options, nextId };
  }

  /** The first one, which shows what the server is. @throws HostError or Unavailability. */
  async find(signal: AbortSignal): Promise<Speaker> {
    const eras = this.#eras;
    const isOlder = eras.refuses('modern') || (eras.hint === 'legacy' && !eras.speaks('modern'));
    const older = isOlder ? await this.#findOlder(signal) : undefined;
    const speaker = older ?? (await this.#discover(signal));
    if (speaker) return speaker;
    if (eras.fixed === 'modern') {
      throw new Unavailability(
        'no-handshake',
        'The server does not answer `server/discover` of 2026-07-28. Fix: check `url`, or write `era: auto`.',
      );
    }
    return this.#openLegacy(signal);
  }

  /** Whether nothing is to be found out before a caller of this era is answered. */
  knows(era: Era): boolean {
    // Over a session that is for all callers, no one can be asked.
    if (this.#options.instance === 'shared' && era === 'legacy') return true;
    if (this.#open[era] || this.#eras.refuses(era)) return true;
    return performance.now() - this.#pausedAt < PAUSE_MS;
  }

  /** Finds out whether the server speaks this era. @returns what it declares in it. Never rejects. */
  learn(era: Era): Promise<Handshake | undefined> {
    this.#learning ??= this.#learn(era).finally(() => {
      this.#learning = undefined;
    });
    return this.#learning;
  }

  /** One that was opened; absent before the first was. */
  get any(): Speaker | undefined {
    return this.#open.legacy ?? this.#open.modern;
  }

  /** In the era of the caller, where the server can do there what may be needed. */
  for({ era, request }: Exchange): Speaker {
    const { legacy, modern } = this.#open;
    const older = legacy ?? (modern as Speaker);
    if (era === 'modern') return modern ?? older;
    const isBetterOff = older.cannotAsk && !OF_2025_ONLY.has(request.method);
    return (isBetterOff && modern) || older;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(Object.values(this.#open).map((speaker) => speaker.close()));
  }

  /** @returns undefined when it may have become a newer one. @throws HostError. */
  async #findOlder(signal: AbortSignal): Promise<Speaker | undefined> {
    try {
      const speaker = await this.#openLegacy(signal);
      this.#eras.learnOnly('legacy');
      return speaker;
    } catch (error) {
      if (this.#eras.fixed || signal.aborted || isOfAnyEra(error)) throw error;
      return undefined;
    }
  }

  /** @returns undefined when the server refuses, or does not answer soon. @throws HostError. */
  async #discover(signal: AbortSignal): Promise<Speaker | undefined> {
    const limit = AbortSignal.timeout(this.#trialMs);
    try {
      const speaker = await withAnySignal([signal, limit], (any) => discover(this.#options, any));
      this.#eras.learn('modern', speaker !== undefined);
      if (speaker) this.#open.modern = speaker;
      return speaker;
    } catch (error) {
      // It may have been slow for other reasons, so nothing was learned.
      if (signal.aborted || !limit.aborted) throw error;
      return undefined;
    }
  }

  async #openLegacy(signal: AbortSignal): Promise<Speaker> {
    const speaker = await openLegacySpeaker(this.#options, signal);
    this.#eras.learn('legacy', true);
    this.#open.legacy = speaker;
    return speaker;
  }

  async #learn(era: Era): Promise<Handshake | undefined> {
    const limit = AbortSignal.timeout(this.#trialMs);
    try {
      const speaker = await withAnySignal([this.#closing.signal, limit], (signal) =>
        era === 'modern' ? this.#discover(signal) : this.#openLegacy(signal),
      );
      // Asked twice, it answered neither time.
      if (!speaker) this.#eras.learn(era, false);
      return speaker?.handshake;
    } catch (error) {
      if (limit.aborted || !isOfAnyEra(error)) this.#eras.learn(era, false);
      else this.#pausedAt = performance.now();
      return undefined;
    }
  }

  get #trialMs(): number {
    return Math.min(TRIAL_LIMIT_MS, this.#options.startTimeoutMs * TRIAL_SHARE);
  }
}
