// Telemetry from its loading to its last export. It is loaded after the port is open, and only
// where there is a destination.

import type { Logger } from 'pino';
import type { Environment } from '../../config/env.ts';
import { atMost } from '../exchange/at-most.ts';
import type { HostedServer } from '../exchange/hosted-server.ts';
import { addObserver, type Observing } from '../exchange/observer.ts';
import type { Telemetry } from './open-telemetry.ts';

/** The first messages wait this long to be seen, and are served unseen then. */
const LOAD_LIMIT_MS = 1_000;
/** A destination that does not answer must not keep the process. */
const SHUTDOWN_LIMIT_MS = 3_000;

export interface TelemetryLoaderOptions {
  readonly environment: Environment;
  readonly observing: Observing;
  readonly servers: readonly HostedServer[];
  readonly log: Logger;
}

export class TelemetryLoader {
  readonly #options: TelemetryLoaderOptions;
  #telemetry: Telemetry | undefined;

  constructor(options: TelemetryLoaderOptions) {
    this.#options = options;
  }

  /** Begins to load. Never throws: the host keeps serving without telemetry. */
  load(): void {
    const { environment, observing, log } = this.#options;
    if (!environment.telemetry) return;
    const loading = this.#open(environment.telemetry).catch((error) => {
      log.error({ err: error }, 'telemetry could not be loaded');
    });
    observing.loading = atMost(LOAD_LIMIT_MS, loading).then(() => {
      delete observing.loading;
    });
  }

  /** Sends what waits, without waiting for it. */
  flush(): void {
    this.#telemetry?.flush();
  }

  /** Sends what waits and closes. @param limitMs ends it early; 3 s at most. */
  async shutdown(limitMs = SHUTDOWN_LIMIT_MS): Promise<void> {
    const telemetry = this.#telemetry;
    if (telemetry) await atMost(Math.min(limitMs, SHUTDOWN_LIMIT_MS), telemetry.shutdown());
  }

  async #open(settings: NonNullable<Environment['telemetry']>): Promise<void> {
    const { observing, servers, log } = this.#options;
    const { openTelemetry } = await import('./open-telemetry.ts');
    const telemetry = await openTelemetry({ settings, servers, log });
    if (!telemetry) return;
    this.#telemetry = telemetry;
    addObserver(observing, telemetry.observer);
    observing.logMembers = () => telemetry.logMembers();
    observing.exportLine = (line) => telemetry.exportLine(line);
    observing.exportCall = (record) => telemetry.exportCall(record);
  }
}
