// A server as the rooms around the messages see it: process, telemetry and health.

import type { ServerConfig } from '../../config/schema.ts';
import type { Backend, BackendState } from './backend.ts';
import type { ByteShare } from './byte-budget.ts';
import type { InFlight } from './in-flight.ts';
import type { Restarts } from './restarts.ts';

export interface HostedServer {
  readonly config: ServerConfig;
  readonly backend: Backend;
  readonly state: BackendState;
  readonly inFlight: InFlight;
  /**
   * Whether it takes no more calls: those under way, and handlers that ignore their abort signal,
   * are as many as its `maxConcurrent`.
   */
  readonly isFull: boolean;
  /** Calls and streams that wait for their clients. */
  readonly waiting: number;
  /** What its callers make this process hold. */
  readonly share: Pick<ByteShare, 'heldBytes'>;
  /** Absent for a server that has no programs or threads of its own. */
  readonly restarts?: Restarts | undefined;
  /** What its module did to globals that all servers share; absent for one that has no module here. */
  readonly globalChanges?: readonly string[] | undefined;
  /** Ends what waits for a client: a drain must not wait for people. */
  stopWaiting(): void;
}
