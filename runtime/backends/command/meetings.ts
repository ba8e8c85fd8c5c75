// How programs of one server are met: in which era, and what is learned of the eras that the
// program speaks.

import type { Client, Era } from '../../exchange/exchange.ts';
import { withAnySignal } from '../any-signal.ts';
import { countDown } from '../count-down.ts';
import { type Handshake, shakeHands } from '../declarations.ts';
import { waitingUntil } from '../internal-exchange.ts';
import { type KnownEras, otherEra } from '../known-eras.ts';
import type { FilledEnvironment } from './caller-environment.ts';
import type { Connection } from './connection.ts';
import { discover, HOST_CLIENT, refuseForeignRevision } from './introduction.ts';
import { handshakeOf, isRefusal, mayBeOfOtherEra, whyNotMet } from './why-not-met.ts';

/** How long a program may be silent after `server/discover` before it is tried as an older one. */
const DISCOVERY_LIMIT_MS = 2_000;
/** How much longer than its last start a program may take to answer in an era that is tried. */
const TRIAL_FACTOR = 3;

/** A program that has met its client. */
export type Met = Connection & { readonly handshake: Handshake };

export interface MeetingsOptions {
  readonly startTimeoutMs: number;
  readonly eras: KnownEras;
  /** Starts a program that will be spoken to in `era`. */
  readonly launch: (
    era: Era,
    client: Client,
    environment: FilledEnvironment,
    signal: AbortSignal,
  ) => Promise<Connection>;
  /** Told of the first program that was met in the 2025 era after others in 2026-07-28. */
  readonly onLegacy: (handshake: Handshake) => void;
}

export class Meetings {
  readonly #options: MeetingsOptions;
  /** How long the last start took, with its handshake. */
  #lastStartMs = 0;

  constructor(options: MeetingsOptions) {
    this.#options = options;
  }

  /** The first program, which shows what the server is. @throws Unavailability. */
  async first(environment: FilledEnvironment, signal: AbortSignal): Promise<Met> {
    const { startTimeoutMs, eras } = this.#options;
    const { fixed, hint } = eras;
    if (fixed) return this.#meetIn(fixed, HOST_CLIENT, environment, signal);
    if (!hint) return this.#findOut(environment, signal);
    try {
      const limitMs = startTimeoutMs / 2;
      const met = await this.#meetIn(hint, HOST_CLIENT, environment, signal, limitMs);
      // It was tried in 2026-07-28 first when it was locked.
      if (hint === 'legacy') eras.learnOnly(hint);
      return met;
    } catch (error) {
      if (signal.aborted || !mayBeOfOtherEra(error)) throw error;
      return this.#findOut(environment, signal);
    }
  }

  async #findOut(environment: FilledEnvironment, signal: AbortSignal): Promise<Met> {
    const since = performance.now();
    const first = await this.#options.launch('modern', HOST_CLIENT, environment, signal);
    const discovery = await discover(first.transport, DISCOVERY_LIMIT_MS);
    if ('handshake' in discovery) return this.#met(first, discovery.handshake, since);
    // A program may decide its era by the first message, so it is not asked again.
    void first.end();
    signal.throwIfAborted();
    refuseForeignRevision(discovery);
    // One that was silent may only have been slow to start.
    if (!('silent' in discovery)) this.#options.eras.learn('modern', false);
    try {
      return await this.#meetIn('legacy', HOST_CLIENT, environment, signal);
    } catch (error) {
      if (!('silent' in discovery) || signal.aborted || !isRefusal(error)) throw error;
      return this.#meetIn('modern', HOST_CLIENT, environment, signal);
    }
  }

  /** In the era of the client, if the program speaks it. @throws Unavailability. */
  async meetAs(
    era: Era,
    client: Client,
    environment: FilledEnvironment,
    signal: AbortSignal,
  ): Promise<Met> {
    const { startTimeoutMs, eras } = this.#options;
    if (eras.knows(era)) return this.#meetIn(eras.for(era), client, environment, signal);
    const limitMs = DISCOVERY_LIMIT_MS + TRIAL_FACTOR * this.#lastStartMs;
    try {
      const trialMs = Math.min(limitMs, startTimeoutMs / 2);
      return await this.#meetIn(era, client, environment, signal, trialMs);
    } catch (error) {
      if (signal.aborted || !mayBeOfOtherEra(error)) throw error;
      eras.learn(era, false);
      return this.#meetIn(otherEra(era), client, environment, signal);
    }
  }

  /** @throws Unavailability. */
  async #meetIn(
    era: Era,
    client: Client,
    environment: FilledEnvironment,
    signal: AbortSignal,
    limitMs = this.#options.startTimeoutMs,
  ): Promise<Met> {
    const since = performance.now();
    const connection = await this.#options.launch(era, client, environment, signal);
    try {
      const handshake =
        era === 'modern'
          ? handshakeOf(await discover(connection.transport, limitMs))
          : await this.#initialize(connection, client, signal, limitMs);
      return this.#met(connection, handshake, since);
    } catch (error) {
      const { endedBy } = connection;
      void connection.end();
      throw whyNotMet(error, endedBy);
    }
  }

  async #initialize(
    { transport }: Connection,
    client: Client,
    signal: AbortSignal,
    limitMs: number,
  ): Promise<Handshake> {
    const limit = new AbortController();
    const stop = countDown(limitMs, () => limit.abort());
    try {
      return await withAnySignal([signal, limit.signal], (any) =>
        shakeHands(transport, waitingUntil(any), client),
      );
    } finally {
      stop();
    }
  }

  #met(connection: Connection, handshake: Handshake, since: number): Met {
    this.#lastStartMs = performance.now() - since;
    const { eras, onLegacy } = this.#options;
    const { era } = connection.options;
    const isNew = !eras.speaks(era);
    eras.learn(era, true);
    connection.handshake = handshake;
    if (isNew && era === 'legacy' && eras.speaks('modern')) onLegacy(handshake);
    return connection as Met;
  }
}
