// Who shares a program: all callers, one client, or no one.

import type { Answer, Client, Era, Exchange } from '../../exchange/exchange.ts';
import type { CallerEnvironment, FilledEnvironment } from './caller-environment.ts';
import type { Children } from './children.ts';
import type { Connection } from './connection.ts';
import { HOST_CLIENT } from './introduction.ts';

/** Answers requests with programs, and keeps each program for the callers it belongs to. */
export interface Sharing {
  /** @throws HostError for a request that no program is started for, also by rejecting. */
  answer(exchange: Exchange): Promise<Answer>;
  /** The program that is kept for the client of this request, if it runs. */
  kept(exchange: Exchange): Connection | undefined;
  /** Takes the first program, which was started without a client. */
  adopt(connection: Connection): void;
}

interface Kept {
  connection?: Connection | undefined;
  starting?: Promise<Connection> | undefined;
}

export interface KeepOptions {
  /** Called with each program that was started, before its first request. */
  readonly onStart: (connection: Connection) => void;
  /** Whether a program ends when it was idle for long. */
  readonly endsIdle: boolean;
}

/** Programs by the key of the caller that they are kept for. */
class KeptChildren {
  readonly #children: Children;
  readonly #options: KeepOptions;
  readonly #all = new Map<string, Kept>();

  constructor(children: Children, options: KeepOptions) {
    this.#children = children;
    this.#options = options;
  }

  get(key: string): Connection | undefined {
    return this.#all.get(key)?.connection;
  }

  adopt(key: string, connection: Connection): void {
    this.#keep(key, connection);
    connection.isReserved = false;
  }

  /** Starts the program, or waits for its start, and answers by it. @param era of the client. */
  async start(
    key: string,
    era: Era,
    exchange: Exchange,
    client: Client,
    environment: FilledEnvironment,
  ): Promise<Answer> {
    const kept = this.#all.get(key) ?? {};
    this.#all.set(key, kept);
    kept.starting ??= this.#start(key, era, client, environment);
    const connection = await kept.starting;
    try {
      exchange.throwIfEnded();
      return connection.answer(exchange);
    } finally {
      connection.isReserved = false;
    }
  }

  async #start(
    key: string,
    era: Era,
    client: Client,
    environment: FilledEnvironment,
  ): Promise<Connection> {
    try {
      const connection = await this.#children.obtain(era, client, environment);
      this.#keep(key, connection);
      this.#options.onStart(connection);
      return connection;
    } catch (error) {
      this.#all.delete(key);
      throw error;
    }
  }

  #keep(key: string, connection: Connection): void {
    const kept: Kept = { connection };
    this.#all.set(key, kept);
    this.#children.whenLeft(connection, () => {
      if (this.#all.get(key) === kept) this.#all.delete(key);
    });
    if (this.#options.endsIdle) connection.watchIdle();
  }
}

/** One program for all callers, in the newest era that it speaks. */
export function shareAmongAll(
  children: Children,
  environment: FilledEnvironment,
  options: KeepOptions,
): Sharing {
  const all = new KeptChildren(children, options);
  return {
    answer: (exchange) =>
      all.get('')?.answer(exchange) ?? all.start('', 'modern', exchange, HOST_CLIENT, environment),
    kept: () => all.get(''),
    adopt: (connection) => all.adopt('', connection),
  };
}

/** A program for each client; where it cannot be told apart from others, for each request. */
export function shareWithinClient(
  children: Children,
  environment: CallerEnvironment,
  options: KeepOptions,
): Sharing {
  const clients = new KeptChildren(children, options);
  const alone = shareWithNobody(children, environment);
  const keyOf = ({ era }: Exchange, clientKey: string, { key }: FilledEnvironment) =>
    `${era} ${key} ${clientKey}`;
  return {
    answer: (exchange) => {
      const { clientKey } = exchange;
      if (clientKey === undefined) return alone.answer(exchange);
      const filled = environment.fill(exchange.caller.headers);
      const key = keyOf(exchange, clientKey, filled);
      const kept = clients.get(key);
      return kept
        ? kept.answer(exchange)
        : clients.start(key, exchange.era, exchange, introductionOf(exchange), filled);
    },
    kept: (exchange) => {
      const { clientKey } = exchange;
      const filled = environment.fillIfSent(exchange.caller.headers);
      return clientKey === undefined || !filled
        ? undefined
        : clients.get(keyOf(exchange, clientKey, filled));
    },
    adopt: alone.adopt,
  };
}

/** A program for each request. */
export function shareWithNobody(children: Children, environment: CallerEnvironment): Sharing {
  return {
    answer: async (exchange) => {
      const { era, caller } = exchange;
      const filled = environment.fill(caller.headers);
      const client = introductionOf(exchange);
      const connection = await children.obtain(era, client, filled);
      const finish = () => void connection.end();
      try {
        exchange.throwIfEnded();
        const answering = connection.answer(exchange);
        // An exchange that ends never gets its answer; the program was told by then.
        exchange.onAbort(finish);
        return await answering;
      } finally {
        finish();
        // Whoever gets one of them must not meet the name of this client in it.
        void children.replenish(era, { ...client, info: HOST_CLIENT.info }, filled);
      }
    },
    kept: () => undefined,
    adopt: (connection) => children.keepSpare(connection),
  };
}

/** What a program may know of the client of a request. */
function introductionOf({ client }: Exchange): Client {
  return { capabilities: client.capabilities ?? {}, info: client.info ?? HOST_CLIENT.info };
}
