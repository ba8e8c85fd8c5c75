// One server of servers.yaml in this process: its backend with its layers, and its exchanges in
// flight.

import type { ServerConfig } from '../../config/schema.ts';
import type { Authorization } from '../authorization/authorization.ts';
import type { Backend, BackendState } from '../exchange/backend.ts';
import type { HostedServer } from '../exchange/hosted-server.ts';
import { InFlight } from '../exchange/in-flight.ts';
import type { Restarts } from '../exchange/restarts.ts';
import { Endpoint } from '../protocol/endpoint.ts';
import type { Sealer } from '../protocol/seal.ts';

export interface MountedServerOptions {
  readonly config: ServerConfig;
  readonly backend: Backend;
  readonly sealer: Sealer;
  readonly restarts?: Restarts | undefined;
  readonly globalChanges?: readonly string[] | undefined;
  /** Absent for a server that asks for no tokens. */
  readonly authorization?: Authorization | undefined;
}

export class MountedServer implements HostedServer {
  readonly config: ServerConfig;
  readonly backend: Backend;
  readonly authorization: Authorization | undefined;
  readonly inFlight: InFlight;
  readonly restarts: Restarts | undefined;
  readonly globalChanges: readonly string[] | undefined;
  readonly endpoint: Endpoint;

  constructor({
    config,
    backend,
    sealer,
    authorization,
    restarts,
    globalChanges,
  }: MountedServerOptions) {
    this.config = config;
    this.backend = backend;
    this.authorization = authorization;
    this.restarts = restarts;
    this.globalChanges = globalChanges;
    this.inFlight = new InFlight(config.timeoutMs);
    this.endpoint = new Endpoint(config, backend, sealer);
  }

  get state(): BackendState {
    return this.backend.state;
  }

  stopWaiting(): void {
    this.endpoint.stopWaiting();
  }

  /**
   * Exchanges that count against `maxConcurrent`: listening clients wait for long and have a cap of
   * their own.
   */
  get callsInFlight(): number {
    return this.inFlight.size - this.endpoint.subscriptions.size;
  }
}
