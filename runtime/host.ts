// The running host as one object: its log, servers and application, put together once and passed as
// arguments.

import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { DestinationStream, Logger } from 'pino';
import { readCheckedLocks } from '../config/checked-lock.ts';
import type { Environment } from '../config/env.ts';
import { lockFileOf } from '../config/lock-place.ts';
import type { ServersConfig } from '../config/schema.ts';
import { buildApp } from './app.ts';
import type { AuthorizationOf, AuthorizationOptions } from './authorization/authorization.ts';
import { startServers } from './backends/start-servers.ts';
import { ByteBudget } from './exchange/byte-budget.ts';
import { createLineLimits, flushLineLimits } from './exchange/line-limit.ts';
import type { LineSink } from './exchange/line-sink.ts';
import type { Observing } from './exchange/observer.ts';
import type { MountedServer } from './mount/mounted-server.ts';
import { type Locks, mountServers } from './mount-servers.ts';
import { BlockedNotes } from './process/blocked-notes.ts';
import { CrashNotes } from './process/crash-notes.ts';
import { END_SIGNALS, type EndSignals } from './process/end-signals.ts';
import { GlobalChanges } from './process/global-changes.ts';
import { closeConnections, drain, Lifecycle } from './process/lifecycle.ts';
import { LogOutput } from './process/log-output.ts';
import { createLogger, written } from './process/logging.ts';
import { Port } from './process/port.ts';
import type { ProcessGuard } from './process/process-guard.ts';
import { watchErrors } from './process/uncaught-errors.ts';
import { createWatchdog } from './process/watchdog.ts';
import { createSealer } from './protocol/seal.ts';
import { TelemetryLoader } from './telemetry/telemetry-loader.ts';

export interface HostOptions {
  readonly config: ServersConfig;
  readonly environment: Environment;
  /**
   * An open port that holds its requests until {@link Host.serve}. Default: a new one, which holds
   * none.
   */
  readonly port?: Port;
  /** Present in a process of its own; absent in tests, whose process is not ours to guard. */
  readonly guard?: ProcessGuard;
  /** Whether the process is ended when it is blocked. Default: no, as in tests. */
  readonly isWatched?: boolean;
  /** Observers that are there from the start (`--stats`). */
  readonly observing?: Observing;
  /** Writes the finished lines of the log. Default: to standard output. */
  readonly sink?: LineSink;
  /** Takes the JSON lines of the log. Default: the sink; a test has one of its own in place of it. */
  readonly logDestination?: DestinationStream;
}

export interface Host {
  readonly app: Awaited<ReturnType<typeof buildApp>>;
  /** The enabled servers, in the order of the file. */
  readonly servers: readonly MountedServer[];
  readonly log: Logger;
  /** Answers what the port holds, and all that comes. */
  serve(): void;
  /** Loads all servers; never throws: a server that cannot serve is unavailable. */
  load(): Promise<void>;
  /** Answers what is in flight, then closes everything; for tests and embedders. */
  close(): Promise<void>;
  /** Resolves when the lines of the log so far are written. */
  logWritten(): Promise<void>;
  /** Takes over signals and uncaught errors of the process. */
  watchProcess(guard: ProcessGuard, signals: EndSignals): void;
}

export async function createHost(options: HostOptions): Promise<Host> {
  const { environment, guard } = options;
  const phase: Phase = { isLoaded: false, isDraining: false };
  const parts = await assemble(options, phase);
  const { app, port, servers, log, sink, limits, telemetry, watchdog } = parts;
  const serve = (): void => port.serve(app.routing);
  if (options.port) await app.ready();
  else serve();
  const onDrain = (): void => {
    phase.isDraining = true;
    serve();
    telemetry.flush();
  };
  const crashNotes = guard && crashNotesOf(options);
  return {
    app,
    servers,
    log,
    serve,
    load: async () => {
      await load(options, parts, crashNotes);
      phase.isLoaded = true;
    },
    logWritten: () => written(log),
    close: async () => {
      onDrain();
      await drain(parts, { limitMs: 0 });
      await telemetry.shutdown();
      await closeConnections(parts);
      flushLineLimits(limits);
    },
    watchProcess: (processGuard, signals) => {
      const { behindFunctionsHost } = environment;
      const { exit } = processGuard;
      const endBy = (ms: number): void => watchdog?.endBy(ms);
      const lifecycle = new Lifecycle({ ...parts, behindFunctionsHost, onDrain, exit, endBy });
      lifecycle.watch(signals);
      processGuard.keepListeners(END_SIGNALS);
      const isLoaded = (): boolean => phase.isLoaded;
      const watched = { guard: processGuard, lifecycle, servers, log, limits, environment };
      watchErrors({ ...watched, crashNotes, isLoaded });
      process.on('exit', () => {
        flushLineLimits(limits);
        sink?.writeNow();
      });
    },
  };
}

async function load(
  { config, environment, guard }: HostOptions,
  { supervised, log, telemetry, watchdog, blocked }: Parts,
  crashes: CrashNotes | undefined,
): Promise<void> {
  // Before the servers: one of them may be blocked while it is loaded.
  watchdog?.start((error) => log.warn({ err: error }, UNWATCHED));
  telemetry.load();
  await startServers(supervised, {
    directory: config.directory,
    host: config.host,
    environment,
    log,
    guard,
    crashes,
    watchGlobals: guard && (() => new GlobalChanges()),
    blocks: blocked,
    entering: watchdog && ((server) => watchdog.of(server)),
  });
  watchdog?.serversLoaded();
}

const UNWATCHED =
  'the watchdog does not run, so the host cannot end a server that blocks the event loop. Fix: allow this process more threads (raise the limits of the system, or set --allow-worker)';

interface Phase {
  /** All servers serve or are unavailable. */
  isLoaded: boolean;
  /** The process is shutting down. */
  isDraining: boolean;
}

type Parts = Awaited<ReturnType<typeof assemble>>;

async function assemble(options: HostOptions, phase: Phase) {
  const { config, environment, observing = {}, port = new Port(), isWatched = false } = options;
  const watchdog = isWatched ? createWatchdog(config, environment) : undefined;
  const blocked = watchdog && new BlockedNotes(config.file, environment.port);
  const { server } = port;
  const sink = options.sink ?? (options.logDestination ? undefined : new LogOutput());
  const log = createLogger(environment, options.logDestination ?? (sink as LineSink), observing);
  sink?.onRecovered((lines) => log.warn({ lines }, 'lines of the log lost'));
  const limits = createLineLimits(log);
  const sealer = createSealer(environment.stateKey);
  const portNumber = () => (server.address() as AddressInfo | null)?.port ?? environment.port;
  const authorizationOf = await loadAuthorization({ config, environment, log, port: portNumber });
  const locks = await loadLocks(config);
  const budget = new ByteBudget(config.host.bufferedMb);
  const making = { config, environment, log, limits, sealer, budget, authorizationOf, locks };
  const { servers, supervised } = await mountServers({ ...making, blocked });
  const isDraining = () => phase.isDraining;
  const shared = { config, environment, servers, log, budget, observing };
  const lostLogLines = () => sink?.lostLines ?? 0;
  const surface = { server, limits, lostLogLines, isDraining, port: portNumber };
  const app = await buildApp({ ...shared, ...surface });
  const telemetry = new TelemetryLoader(shared);
  const running = { app, port, servers, supervised, telemetry };
  return { ...running, log, sink, limits, watchdog, blocked };
}

/** Where no Functions host counts the ends of a process, its supervisor has rules of its own. */
function crashNotesOf({ config, environment }: HostOptions): CrashNotes | undefined {
  const { behindFunctionsHost, port } = environment;
  return behindFunctionsHost ? new CrashNotes(config.file, port) : undefined;
}

/** @throws ConfigError when the lock file is damaged. */
async function loadLocks(config: ServersConfig): Promise<Locks> {
  // Its code is loaded only where a server may be in it.
  const hasOutside = config.servers.some(
    ({ enabled, kind }) => enabled && (kind === 'command' || kind === 'url'),
  );
  if (!hasOutside || !existsSync(lockFileOf(config.file))) return new Map();
  const checked = readCheckedLocks(config);
  if (checked) return checked;
  const { readLocks } = await import('../config/lock-file.ts');
  return readLocks(config);
}

/** Its library is loaded only where a server asks for tokens. */
async function loadAuthorization(options: AuthorizationOptions): Promise<AuthorizationOf> {
  const { servers } = options.config;
  if (!servers.some(({ auth }) => auth === 'entra' || auth === 'jwt')) return () => undefined;
  const { createAuthorization } = await import('./authorization/authorization.ts');
  return createAuthorization(options);
}
