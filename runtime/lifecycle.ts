// The end of the process: signals, a lost parent, uncaught errors, and the drain that loses no request.

import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { atMost } from './at-most.ts';
import { written } from './logging.ts';
import type { MountedServer } from './mount/mounted-server.ts';
import type { SpareConnections } from './spare-connections.ts';
import type { TelemetryLoader } from './telemetry-loader.ts';

/** In-flight requests get this long; the Functions host and container platforms kill at 10 s. */
const DRAIN_LIMIT_MS = 8_000;
/** After an uncaught error the process is not to be trusted for long. */
const CRASH_DRAIN_LIMIT_MS = 5_000;
/** Time for the last answers to reach their sockets. */
const FLUSH_LIMIT_MS = 500;
/** Time for the servers to close; one that does not end must not keep the process. */
const CLOSE_LIMIT_MS = 300;
/** Ends the process before the platform does, however long telemetry takes. */
const EXIT_LIMIT_MS = 9_000;
/** Time for a slow reader of the log. */
const LOG_LIMIT_MS = 400;
const IDLE_SWEEP_INTERVAL_MS = 50;
const PARENT_CHECK_INTERVAL_MS = 1_000;

export const END_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

export interface LifecycleOptions {
  readonly app: FastifyInstance;
  readonly spareConnections: SpareConnections;
  readonly servers: readonly MountedServer[];
  readonly log: Logger;
  readonly telemetry: TelemetryLoader;
  /** Told when the drain begins: from then on new messages are refused. */
  readonly onDrain: () => void;
  /** Ends the process; called once per drain. */
  readonly exit: (code: number) => void;
}

export class Lifecycle {
  readonly #options: LifecycleOptions;
  #drain: Promise<void> | undefined;

  constructor(options: LifecycleOptions) {
    this.#options = options;
  }

  /** SIGTERM and SIGINT drain and exit 0; a second signal exits 1 at once. A lost parent drains too. */
  watch(): void {
    for (const signal of END_SIGNALS) {
      process.on(signal, () => {
        if (this.#drain) this.#options.exit(1);
        this.#end(signal, 0, DRAIN_LIMIT_MS);
      });
    }
    const parent = process.ppid;
    setInterval(() => {
      // A killed Functions host leaves its handler behind as an orphan on its port.
      if (process.ppid !== parent) this.#end('parent process is gone', 0, DRAIN_LIMIT_MS);
    }, PARENT_CHECK_INTERVAL_MS).unref();
  }

  /** Ends the process after an error that nothing caught: the others' requests in flight are still answered. */
  crash(reason: string): void {
    this.#end(reason, 1, CRASH_DRAIN_LIMIT_MS);
  }

  #end(reason: string, exitCode: number, limitMs: number): void {
    if (this.#drain) return;
    const { log, exit, onDrain, telemetry } = this.#options;
    const exitBy = performance.now() + EXIT_LIMIT_MS;
    const end = async (code: number): Promise<void> => {
      const logged = atMost(LOG_LIMIT_MS, written(log));
      await Promise.all([telemetry.shutdown(exitBy - performance.now()), logged]);
      exit(code);
    };
    onDrain();
    this.#drain = drain(this.#options, limitMs).then(
      () => end(exitCode),
      (error) => {
        log.error({ err: error }, 'drain failed');
        return end(1);
      },
    );
    // After the first step of the drain: who reads the line can rely on new connections being refused.
    log.info({ reason }, 'draining');
  }
}

/**
 * Stops accepting, answers what is in flight, and gives the rest a shutdown error at the limit.
 * `fastify.close()` alone waits for the clients' keep-alive connections (fastify/fastify#7044).
 */
export async function drain(
  {
    app,
    spareConnections,
    servers,
    log,
  }: Pick<LifecycleOptions, 'app' | 'spareConnections' | 'servers' | 'log'>,
  limitMs: number,
): Promise<void> {
  const { server } = app;
  for (const mounted of servers) mounted.stopWaiting();
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  const sweep = setInterval(() => {
    server.closeIdleConnections();
    spareConnections.close();
  }, IDLE_SWEEP_INTERVAL_MS);
  const limit = setTimeout(() => {
    for (const { inFlight } of servers) for (const exchange of inFlight) exchange.end('shutdown');
  }, limitMs);
  const hardLimit = setTimeout(() => server.closeAllConnections(), limitMs + FLUSH_LIMIT_MS);
  await closed;
  for (const timer of [sweep, limit, hardLimit]) clearTimeout(timer);
  await atMost(CLOSE_LIMIT_MS, Promise.allSettled(servers.map((mounted) => mounted.close())));
  await app.close();
  log.info('drained');
}
