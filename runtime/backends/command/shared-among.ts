// Who shares a program: all, one client, or nobody.

import type { Answer, Client, Exchange } from '../../exchange/exchange.ts';
import type { CallerEnvironment, FilledEnvironment } from './caller-environment.ts';
import type { Children } from './children.ts';
import type { Connection } from './connection.ts';
import { HOST_CLIENT } from './introduction.ts';

/** Answers requests by programs that it keeps for whom they are. */
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

/** Programs by the key of whom they are kept for. */
class KeptChildren {
  readonly #children: Children;
  readonly #onStart: (connection: Connection) => void;
  readonly #all = new Map<string, Kept>();

  /** @param onStart called with each program that was started, before its first request. */
  constructor(children: Children, onStart: (connection: Connection) => void) {
    this.#children = children;
    this.#onStart = onStart;
  }

  get(key: string): Connection | undefined {
    return this.#all.get(key)?.connection;
  }

  adopt(key: string, connection: Connection): void {
    this.#keep(key, connection);
  }

  async obtain(key: string, client: Client, environment: FilledEnvironment): Promise<Connection> {
    const kept = this.#all.get(key) ?? {};
    this.#all.set(key, kept);
    kept.starting ??= this.#start(key, client, environment);
    return kept.starting;
  }

  async #start(key: string, client: Client, environment: FilledEnvironment): Promise<Connection> {
    try {
      const connection = await this.#children.obtain(client, environment);
      this.#keep(key, connection);
      this.#onStart(connection);
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
    connection.watchIdle();
  }
}

/** One program for everybody. */
export function shareAmongAll(
  children: Children,
  environment: FilledEnvironment,
  onStart: (connection: Connection) => void,
): Sharing {
  const all = new KeptChildren(children, onStart);
  const startFor = async (exchange: Exchange): Promise<Answer> => {
    const connection = await all.obtain('', HOST_CLIENT, environment);
    exchange.throwIfEnded();
    return connection.answer(exchange);
  };
  return {
    answer: (exchange) => all.get('')?.answer(exchange) ?? startFor(exchange),
    kept: () => all.get(''),
    adopt: (connection) => all.adopt('', connection),
  };
}

/** A program for each client; where it cannot be told apart from others, for each request. */
export function shareWithinClient(
  children: Children,
  environment: CallerEnvironment,
  onStart: (connection: Connection) => void,
): Sharing {
  const clients = new KeptChildren(children, onStart);
  const alone = shareWithNobody(children, environment);
  const keyOf = (clientKey: string, { key }: FilledEnvironment) => `${key} ${clientKey}`;
  const startFor = async (
    key: string,
    exchange: Exchange,
    filled: FilledEnvironment,
  ): Promise<Answer> => {
    const connection = await clients.obtain(key, introductionOf(exchange), filled);
    exchange.throwIfEnded();
    return connection.answer(exchange);
  };
  return {
    answer: (exchange) => {
      const { clientKey } = exchange;
      if (clientKey === undefined) return alone.answer(exchange);
      const filled = environment.fill(exchange.caller.headers);
      const key = keyOf(clientKey, filled);
      return clients.get(key)?.answer(exchange) ?? startFor(key, exchange, filled);
    },
    kept: (exchange) => {
      const { clientKey } = exchange;
      const filled = environment.fillIfSent(exchange.caller.headers);
      return clientKey === undefined || !filled ? undefined : clients.get(keyOf(clientKey, filled));
    },
    adopt: alone.adopt,
  };
}

/** A program for each request. */
export function shareWithNobody(children: Children, environment: CallerEnvironment): Sharing {
  return {
    answer: async (exchange) => {
      const filled = environment.fill(exchange.caller.headers);
      const client = introductionOf(exchange);
      const connection = await children.obtain(client, filled);
      const release = connection.hold();
      const finish = (): void => {
        release();
        void connection.end();
      };
      try {
        exchange.throwIfEnded();
        // An exchange that ends never gets its answer.
        exchange.onAbort(finish);
        return await connection.answer(exchange);
      } finally {
        finish();
        void children.replenish(client, filled);
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
