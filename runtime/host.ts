// The running host as one object: its log, servers and application, put together once and passed as arguments.

import type { FastifyInstance } from 'fastify';
import type { DestinationStream, Logger } from 'pino';
import type { Environment } from '../config/env.ts';
import type { ServersConfig } from '../config/schema.ts';
import { buildApp } from './app.ts';
import { describeError } from './backends/quarantine.ts';
import type { ExchangeRules } from './exchange/ask.ts';
import { writeLastWords } from './last-words.ts';
import { drain, END_SIGNALS, Lifecycle } from './lifecycle.ts';
import { loadServers } from './load-servers.ts';
import { createLogger } from './logging.ts';
import { MountedServer } from './mount/mounted-server.ts';
import { bounded } from './mount/request-log.ts';
import { OffenceError, type ProcessGuard, stackOf } from './process-guard.ts';
import { QuestionDesk } from './protocol/questions/question-desk.ts';
import { createSealer } from './protocol/seal.ts';
import { SpareConnections } from './spare-connections.ts';

const MAX_DETAIL_LENGTH = 512;

export interface HostOptions {
  readonly config: ServersConfig;
  readonly environment: Environment;
  /** Present in a process of its own; absent in tests, whose process is not ours to guard. */
  readonly guard?: ProcessGuard;
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
  const log = createLogger(environment, options.logDestination);
  const sealer = createSealer(environment.stateKey);
  const servers = config.servers
    .filter(({ enabled }) => enabled)
    .map(
      (server) => new MountedServer(server, exchangeRules(server.name, environment, log), sealer),
    );
  let isDraining = false;
  const app = await buildApp({
    config,
    environment,
    servers,
    log,
    desk: new QuestionDesk(),
    sealer,
    isDraining: () => isDraining,
  });
  const onDrain = (): void => {
    isDraining = true;
  };
  const parts = { app, spareConnections: new SpareConnections(app.server), servers, log };
  return {
    app,
    servers,
    log,
    load: () => loadServers(servers, { directory: config.directory, log, ...(guard && { guard }) }),
    close: () => {
      onDrain();
      return drain(parts, 0);
    },
    watchProcess: (processGuard) => {
      const lifecycle = new Lifecycle({ ...parts, onDrain, exit: processGuard.exit });
      lifecycle.watch();
      processGuard.keepSignals(END_SIGNALS);
      watchErrors({ guard: processGuard, lifecycle, servers, log, environment });
    },
  };
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

/**
 * A rejection that nobody awaited harms nobody else; an uncaught exception may have left anything half done.
 * Captured, not listened to: a server's own listeners (which often end the process) are then not called.
 */
function watchErrors(parts: WatchedParts): void {
  const { guard, log, environment, lifecycle } = parts;
  process.on('unhandledRejection', (error) => {
    log.error({ server: nameServers(guard.serversOf(error)), err: error }, 'unhandled rejection');
  });
  process.setUncaughtExceptionCaptureCallback((error) => {
    const names = guard.serversOf(error);
    log.error({ server: nameServers(names), err: error }, 'uncaught exception');
    if (isHarmless(error) || isOutOfService(names, parts.servers)) return;
    const where = names.length > 0 ? ` in servers.${nameServers(names)}` : '';
    writeLastWords(`uncaught exception${where}: ${describeError(error)}`, environment);
    lifecycle.crash('uncaught exception');
  });
}

interface WatchedParts {
  readonly guard: ProcessGuard;
  readonly lifecycle: Lifecycle;
  readonly servers: readonly MountedServer[];
  readonly log: Logger;
  readonly environment: Environment;
}

function nameServers(names: readonly string[]): string | undefined {
  return names.length > 0 ? names.join(', ') : undefined;
}

/**
 * What was refused, what a listener threw while a call was aborted, and a server's own try to listen on a port (often
 * ours): none of them has interrupted any other code.
 */
function isHarmless(error: unknown): boolean {
  if (error instanceof OffenceError) return true;
  const { syscall } = (error ?? {}) as NodeJS.ErrnoException;
  return syscall === 'listen' || stackOf(error).includes('node:internal/abort_controller');
}

/** Whether nobody is served by the code that threw: a loading or quarantined server can leave nothing half done. */
function isOutOfService(names: readonly string[], servers: readonly MountedServer[]): boolean {
  const owners = servers.filter(({ config }) => names.includes(config.name));
  return owners.length > 0 && owners.every(({ state }) => state.status !== 'serving');
}
