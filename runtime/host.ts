// The running host as one object: its log, servers and application, put together once and passed as arguments.

import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { DestinationStream, Logger } from 'pino';
import type { Environment } from '../config/env.ts';
import type { ServersConfig } from '../config/schema.ts';
import { buildApp } from './app.ts';
import type { AuthorizationOf, AuthorizationOptions } from './authorization/authorization.ts';
import type { ExchangeRules } from './exchange/ask.ts';
import type { Observing } from './exchange/observer.ts';
import { drain, END_SIGNALS, Lifecycle } from './lifecycle.ts';
import { createLogger } from './logging.ts';
import { MountedServer } from './mount/mounted-server.ts';
import { bounded } from './mount/request-log.ts';
import type { ProcessGuard } from './process-guard.ts';
import { createSealer } from './protocol/seal.ts';
import { SpareConnections } from './spare-connections.ts';
import { TelemetryLoader } from './telemetry-loader.ts';
import { watchErrors } from './uncaught-errors.ts';

const MAX_DETAIL_LENGTH = 512;

export interface HostOptions {
  readonly config: ServersConfig;
  readonly environment: Environment;
  /** Present in a process of its own; absent in tests, whose process is not ours to guard. */
  readonly guard?: ProcessGuard;
  /** Observers that are there from the start (`--stats`). */
  readonly observing?: Observing;
  /** Where log lines go; default: standard output. */
  readonly logDestination?: DestinationStream;
}

export interface Host {
  readonly app: FastifyInstance;
  /** The enabled servers, in the order of the file. */
  readonly servers: readonly MountedServer[];
  readonly log: Logger;
  /** Loads all servers; never throws: a server that cannot serve is quarantined. */
  load(): Promise<void>;
  /** Answers what is in flight, then closes everything; for tests and embedders. */
  close(): Promise<void>;
  /** Takes over signals and uncaught errors of the process. */
  watchProcess(guard: ProcessGuard): void;
}

export async function createHost(options: HostOptions): Promise<Host> {
  const { config, environment, guard } = options;
  const observing = options.observing ?? {};
  const log = createLogger(environment, options.logDestination, observing);
  const sealer = createSealer(environment.stateKey);
  const port = () => (app.server.address() as AddressInfo | null)?.port ?? environment.port;
  const authorizationOf = await loadAuthorization({ config, environment, log, port });
  const servers = config.servers
    .filter(({ enabled }) => enabled)
    .map(
      (server) =>
        new MountedServer({
          config: server,
          rules: exchangeRules(server.name, environment, log),
          sealer,
          authorization: authorizationOf(server),
        }),
    );
  let isDraining = false;
  const app = await buildApp({
    config,
    environment,
    servers,
    log,
    sealer,
    observing,
    isDraining: () => isDraining,
  });
  const telemetry = new TelemetryLoader({ environment, observing, servers, log });
  const onDrain = (): void => {
    isDraining = true;
    telemetry.flush();
  };
  const parts = { app, spareConnections: new SpareConnections(app.server), servers, log };
  return {
    app,
    servers,
    log,
    load: async () => {
      telemetry.load();
      // What only loading needs is itself loaded after the port is open.
      const { loadServers } = await import('./load-servers.ts');
      await loadServers(servers, { directory: config.directory, log, ...(guard && { guard }) });
    },
    close: async () => {
      onDrain();
      await drain(parts, 0);
      await telemetry.shutdown();
    },
    watchProcess: (processGuard) => {
      const lifecycle = new Lifecycle({ ...parts, onDrain, telemetry, exit: processGuard.exit });
      lifecycle.watch();
      processGuard.keepSignals(END_SIGNALS);
      watchErrors({ guard: processGuard, lifecycle, servers, log, environment });
    },
  };
}

/** Its library is loaded only where a server asks for tokens. */
async function loadAuthorization(options: AuthorizationOptions): Promise<AuthorizationOf> {
  const { servers } = options.config;
  if (!servers.some(({ auth }) => auth === 'entra' || auth === 'jwt')) return () => undefined;
  const { createAuthorization } = await import('./authorization/authorization.ts');
  return createAuthorization(options);
}

function exchangeRules(
  server: string,
  environment: Environment,
  log: Logger,
): Omit<ExchangeRules, 'toolFilter' | 'listCache'> {
  return {
    maskErrors: !environment.development,
    onServerError: ({ request }, error) => {
      // SDK v1 lists every fault of the caller's parameters in it, which can be megabytes.
      const detail = bounded(error.message, MAX_DETAIL_LENGTH);
      log.warn({ server, method: bounded(request.method), detail }, 'server error');
    },
  };
}
