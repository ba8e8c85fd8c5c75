// One server of servers.yaml in this process: its backend with its layers, and its exchanges in
// flight.

import type { ServerConfig } from '../../config/schema.ts';
import type { Authorization } from '../authorization/authorization.ts';
import type { Backend, BackendState } from '../exchange/backend.ts';
import type { ByteShare } from '../exchange/byte-budget.ts';
import type { HostedServer } from '../exchange/hosted-server.ts';
import { InFlight } from '../exchange/in-flight.ts';
import type { Restarts } from '../exchange/restarts.ts';
import { Endpoint } from '../protocol/endpoint.ts';
import type { Sealer } from '../protocol/seal.ts';
import { AbandonedBytes } from './abandoned-bytes.ts';

export interface MountedServerOptions {
  readonly config: ServerConfig;
  readonly backend: Backend;
  readonly sealer: Sealer;
  readonly share: ByteShare;
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
  readonly abandoned: AbandonedBytes;

  constructor(options: MountedServerOptions) {
    const { config, backend, sealer, share } = options;
    this.config = config;
    this.backend = backend;
    this.authorization = options.authorization;
    this.restarts = options.restarts;
    this.globalChanges = options.globalChanges;
    this.inFlight = new InFlight(config.timeoutMs);
    this.endpoint = new Endpoint(config, backend, sealer, share);
    this.abandoned = new AbandonedBytes(() => backend.abandonedHandlers);
  }

  get state(): BackendState {
    return this.backend.state;
  }

  stopWaiting(): void {
    this.endpoint.stopWaiting();
  }

  get waiting(): number {
    return this.endpoint.places.size;
  }

  get share(): ByteShare {
    return this.endpoint.share;
  }

  /**
   * Whether it is at its `maxConcurrent`. What waits for clients has places of its own. Handlers that
   * go on although no one waits for them take places, too: they hold memory.
   */
  get isFull(): boolean {
    const places = this.config.maxConcurrent - this.backend.abandonedHandlers;
    return places <= 0 || this.inFlight.isFull(places);
  }
}
