// All programs of one server: how one is started and introduced, those that wait for a client, and
// their end.

import { isDeepStrictEqual } from 'node:util';
import type { CommandConfig } from '../../../config/schema.ts';
import { describeError } from '../../exchange/bounded-text.ts';
import type { Client, Era, JsonRpcNotification } from '../../exchange/exchange.ts';
import { HostError } from '../../exchange/refusals.ts';
import type { RestartReason } from '../../exchange/restarts.ts';
import { Unavailability } from '../../exchange/unavailability.ts';
import type { ChildrenMemory } from '../children-memory.ts';
import { openInTime } from '../count-down.ts';
import type { Handshake } from '../declarations.ts';
import type { KnownEras } from '../known-eras.ts';
import type { FieldLog } from '../open-options.ts';
import type { FilledEnvironment } from './caller-environment.ts';
import type { Child, ChildEnd, ChildOptions } from './child.ts';
import { Connection } from './connection.ts';
import { lossOf } from './loss.ts';
import { Meetings, type Met } from './meetings.ts';
import { asUnavailability } from './why-not-met.ts';

/** Starts the program of the entry. */
export type Launch = (
  environment: FilledEnvironment,
  events: Pick<ChildOptions, 'onMessage' | 'onEnd'>,
) => Promise<Child>;

export interface ChildrenOptions {
  readonly config: CommandConfig;
  readonly eras: KnownEras;
  readonly launch: Launch;
  readonly memory: ChildrenMemory;
  readonly log: FieldLog;
  /** Called when a program ends unexpectedly. */
  readonly onLoss: (reason: RestartReason, fields: object) => void;
  /** Told of the first program that was met in the 2025 era after others in 2026-07-28. */
  readonly onLegacy: (handshake: Handshake) => void;
  /** Told of what names no request, and from which program. */
  readonly onUnrelated: (notification: JsonRpcNotification, from: Connection) => void;
  /**
   * Called when a program ended unexpectedly or did not start, with the key of its
   * environment.
   */
  readonly onFailure: (environmentKey: string) => void;
  /** Looks at the key of an environment before a request starts a program. @throws HostError. */
  readonly admit: (environmentKey: string) => void;
}

export class Children {
  readonly #options: ChildrenOptions;
  readonly #meetings: Meetings;
  /** Also those that are on their way out. */
  readonly #all = new Map<Connection, Promise<unknown>>();
  readonly #spares: Connection[] = [];
  readonly #onLeave = new Map<Connection, () => void>();
  readonly #startingSpares: Record<Era, number> = { legacy: 0, modern: 0 };
  #isClosed = false;

  constructor(options: ChildrenOptions) {
    this.#options = options;
    this.#meetings = new Meetings({
      startTimeoutMs: options.config.startTimeoutMs,
      eras: options.eras,
      launch: (...how) => this.#launch(...how),
      onLegacy: options.onLegacy,
    });
  }

  /** The first program, which shows what the server is. @throws Unavailability. */
  async meet(environment: FilledEnvironment, signal: AbortSignal): Promise<Met> {
    const started = await this.#makeRoom();
    try {
      return await this.#meetings.first(environment, signal);
    } finally {
      started();
    }
  }

  /**
   * A program that knows this client, or none yet. It is reserved for for any caller here.
   * @param era of the client; the program speaks it, if it can.
   * @throws HostError `unavailable` or `overloaded`.
   */
  async obtain(era: Era, client: Client, environment: FilledEnvironment): Promise<Connection> {
    return this.#takeSpare(era, client, environment) ?? this.#start(era, client, environment);
  }

  /** Calls `listener` as soon as the program takes no new requests. */
  whenLeft(connection: Connection, listener: () => void): void {
    if (connection.isOpen) this.#onLeave.set(connection, listener);
    else listener();
  }

  /** Lets a program wait for a client that it fits. */
  keepSpare(connection: Connection): void {
    if (!connection.isOpen) return;
    this.#spares.push(connection);
    connection.isReserved = false;
    this.whenLeft(connection, () => remove(this.#spares, connection));
    connection.watchIdle();
  }

  /** Starts a program for such a client, and lets it wait. Never rejects. */
  async prepare(era: Era, client: Client, environment: FilledEnvironment): Promise<void> {
    try {
      const spare = await this.#start(era, client, environment);
      if (this.#isClosed) void spare.end();
      else this.keepSpare(spare);
    } catch {
      // Its log line is written, and the next request starts a program of its own.
    }
  }

  /** Starts programs that wait for requests of such a client. Never rejects. */
  async replenish(era: Era, client: Client, environment: FilledEnvironment): Promise<void> {
    const { config, eras, memory } = this.#options;
    // Others cannot use the values of this caller.
    if (environment.key !== '') return;
    const spoken = eras.for(era);
    const waiting = this.#spares.filter(({ options }) => options.era === spoken).length;
    if (this.#isClosed || waiting + this.#startingSpares[spoken] >= config.spares) return;
    this.#startingSpares[spoken] += 1;
    if (await memory.hasRoom()) await this.prepare(spoken, client, environment);
    this.#startingSpares[spoken] -= 1;
  }

  /** Ends all of them. @param limitMs it takes less than this. @returns when they are gone. */
  async close(limitMs?: number): Promise<void> {
    this.#isClosed = true;
    for (const connection of this.#all.keys()) void connection.end('ended', limitMs);
    while (this.#all.size > 0) await Promise.all(this.#all.values());
  }

  #takeSpare(era: Era, client: Client, environment: FilledEnvironment): Connection | undefined {
    const { eras } = this.#options;
    if (!eras.knows(era)) return undefined;
    const spoken = eras.for(era);
    const spare = this.#spares.find(
      ({ options }) => options.era === spoken && options.environmentKey === environment.key,
    );
    if (!spare) return undefined;
    remove(this.#spares, spare);
    this.#onLeave.delete(spare);
    spare.isReserved = true;
    if (spare.options.era === 'modern' || sameCapabilities(spare.options.client, client)) {
      return spare;
    }
    void spare.end();
    return undefined;
  }

  async #start(era: Era, client: Client, environment: FilledEnvironment): Promise<Connection> {
    const { config, log, memory, onFailure, admit } = this.#options;
    admit(environment.key);
    const started = await memory.makeRoom();
    const { startTimeoutMs } = config;
    try {
      if (this.#isClosed) throw new HostError('draining');
      const { connection } = await openInTime(
        startTimeoutMs,
        async (signal) => {
          const met = await this.#meetings.meetAs(era, client, environment, signal);
          return { connection: met, close: () => met.end() };
        },
        () => new Unavailability('start-timeout', `It did not start within ${startTimeoutMs} ms.`),
      );
      return connection;
    } catch (error) {
      if (this.#isClosed) throw new HostError('draining');
      const { word: reason, message: detail } = asUnavailability(error);
      log.warn({ reason, detail }, 'program not started');
      onFailure(environment.key);
      throw new HostError('unavailable', { retryAfterSeconds: 1, cause: error });
    } finally {
      started();
    }
  }

  async #launch(
    era: Era,
    client: Client,
    environment: FilledEnvironment,
    signal: AbortSignal,
  ): Promise<Connection> {
    const { config, launch, memory, log, onLoss, onUnrelated } = this.#options;
    // A program may end before it is a connection.
    let connection: Connection | undefined;
    let earlyEnd: ChildEnd | undefined;
    const child = await launch(environment, {
      onMessage: (message) => connection?.hear(message),
      onEnd: (end) => {
        earlyEnd = end;
        connection?.ended(end);
      },
    });
    log.debug({ pid: child.pid }, 'program started');
    connection = new Connection(child, {
      era,
      client,
      environmentKey: environment.key,
      isShared: config.instance === 'shared',
      idleTimeoutMs: config.idleTimeoutMs,
      memoryMb: config.memoryMb,
      warn: (fields, message) => log.warn(fields, message),
      onLoss,
      onUnrelated: (notification) => onUnrelated(notification, connection as Connection),
      onLeave: (left, end) => this.#left(left, end),
    });
    const own = connection;
    this.#all.set(
      own,
      child.gone.then(() => this.#all.delete(own)),
    );
    memory.add(own);
    if (earlyEnd) own.ended(earlyEnd);
    if (this.#isClosed || signal.aborted) void own.end();
    else signal.addEventListener('abort', () => own.handshake || void own.end(), { once: true });
    return own;
  }

  #left(connection: Connection, end: ChildEnd | undefined): void {
    this.#options.memory.delete(connection);
    this.#onLeave.get(connection)?.();
    this.#onLeave.delete(connection);
    // Before its handshake, the code that starts it reports why it failed.
    if (!end || !connection.handshake) return;
    const { reason, fields } = lossOf(end);
    this.#options.onLoss(reason, fields);
    this.#options.onFailure(connection.options.environmentKey);
  }

  async #makeRoom(): Promise<() => void> {
    try {
      return await this.#options.memory.makeRoom();
    } catch (error) {
      const detail = error instanceof HostError ? error.detail : describeError(error);
      throw new Unavailability(
        'program-not-started',
        `There is not enough memory to start it. ${detail}`,
      );
    }
  }
}

function sameCapabilities(one: Client, other: Client): boolean {
  return isDeepStrictEqual(one.capabilities ?? {}, other.capabilities ?? {});
}

function remove<T>(all: T[], one: T): void {
  const at = all.indexOf(one);
  if (at !== -1) all.splice(at, 1);
}
