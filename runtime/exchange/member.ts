// A server as the combinations that it belongs to see it: what protects it when it is called at its
// own path protects it there, too.

import type { ServerConfig } from '../../config/schema.ts';
import type { Backend } from './backend.ts';
import type { Answer, Caller } from './exchange.ts';
import type { InFlight } from './in-flight.ts';
import type { OpenExchange } from './open-exchange.ts';

export interface Member {
  readonly config: ServerConfig;
  /** What stands before `_` in the published names of its tools and prompts. */
  readonly prefix: string;
  /** With its layers. */
  readonly backend: Backend;
  /** All of its exchanges, also those at its own path. */
  readonly inFlight: InFlight;
  /** Whether it takes no more calls; see {@link HostedServer.isFull}. */
  readonly isFull: boolean;
  /**
   * @throws ScopesNeeded when the token of the caller is good for the combination, but lacks what
   * this server asks for.
   */
  demandScopes(caller: Caller): void;
  /** Asks the server in the era of the exchange, once it is ready. */
  ask(call: OpenExchange): Answer | Promise<Answer>;
}
