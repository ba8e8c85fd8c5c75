// The running host as one object: its log, servers and application, put together once and passed as
// arguments.

import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { DestinationStream, Logger } from 'pino';
import type { Environment } from '../config/env.ts';
import type { Lock } from '../config/lock-file.ts';
import { lockFileOf } from '../config/lock-place.ts';
import type { ServerConfig, ServersConfig } from '../config/schema.ts';
import { buildApp } from './app.ts';
import type { AuthorizationOf, AuthorizationOptions } from './authorization/authorization.ts';
import type { SupervisedServer } from './backends/start-servers.ts';
import { Supervisor, type SupervisorLog } from './backends/supervisor.ts';
import type { Backend } from './exchange/backend.ts';
import { bounded } from './exchange/bounded-text.ts';
import { composeLayers, type LayerOptions } from './exchange/layers/compose.ts';
import type { Observing } from './exchange/observer.ts';
import { MountedServer } from './mount/mounted-server.ts';
import { CrashNotes } from './process/crash-notes.ts';
import { END_SIGNALS, type EndSignals } from './process/end-signals.ts';
import { closeConnections, drain, Lifecycle } from './process/lifecycle.ts';
import { createLogger, written } from './process/logging.ts';
import { Port } from './process/port.ts';
import type { ProcessGuard } from './process/process-guard.ts';
import { watchErrors } from './process/uncaught-errors.ts';
import { createSealer, type Sealer } from './protocol/seal.ts';
import { TelemetryLoader } from './telemetry/telemetry-loader.ts';

const MAX_DETAIL_LENGTH = 512;
/** Of tools, in one line of the log. */
const MAX_NAMES = 20;

const RELOCK = 'Fix: review them, and run: npm run --silent mcp-host -- lock';
const CHANGED = `tools are not as in servers.lock.json. ${RELOCK}`;
const BLOCKED = `tools are not as in servers.lock.json, and so neither listed nor called. ${RELOCK}`;
const STALE =
  'servers.lock.json is of another entry: lists are not answered from it. Fix: npm run --silent mcp-host -- lock';

/** What servers.lock.json says, by the name of the server. */
type Locks = ReadonlyMap<string, Lock>;

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
  /** Observers that are there from the start (`--stats`). */
  readonly observing?: Observing;
  /**
   * Makes the backend of a server in place of its kind; undefined where the kind shall.
   * @param earlier the backends of the servers before it in the file.
   */
  readonly backendOf?: (
    server: ServerConfig,
    earlier: ReadonlyMap<string, Backend>,
  ) => Backend | undefined;
  /** Where log lines go; default: standard output. */
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
  const { config, environment, guard } = options;
  const phase: Phase = { isLoaded: false, isDraining: false };
  const parts = await assemble(options, phase);
  const { app, port, servers, log, telemetry } = parts;
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
      telemetry.load();
      // What only loading needs is itself loaded after the port is open.
      const { startServers } = await import('./backends/start-servers.ts');
      await startServers(parts.supervised, {
        directory: config.directory,
        host: config.host,
        environment,
        log,
        guard,
        crashes: crashNotes,
      });
      phase.isLoaded = true;
    },
    logWritten: () => written(log),
    close: async () => {
      onDrain();
      await drain(parts, { limitMs: 0 });
      await telemetry.shutdown();
      await closeConnections(parts, 0);
    },
    watchProcess: (processGuard, signals) => {
      const { behindFunctionsHost } = environment;
      const { exit } = processGuard;
      const lifecycle = new Lifecycle({ ...parts, behindFunctionsHost, onDrain, exit });
      lifecycle.watch(signals);
      processGuard.keepSignals(END_SIGNALS);
      const isLoaded = (): boolean => phase.isLoaded;
      const watched = { guard: processGuard, lifecycle, servers, log, environment };
      watchErrors({ ...watched, crashNotes, isLoaded });
    },
  };
}

interface Phase {
  /** All servers serve or are unavailable. */
  isLoaded: boolean;
  /** The process is shutting down. */
  isDraining: boolean;
}

async function assemble(options: HostOptions, phase: Phase) {
  const { config, environment, observing = {}, port = new Port() } = options;
  const { server } = port;
  const log = createLogger(environment, options.logDestination, observing);
  const sealer = createSealer(environment.stateKey);
  const portNumber = () => (server.address() as AddressInfo | null)?.port ?? environment.port;
  const authorizationOf = await loadAuthorization({ config, environment, log, port: portNumber });
  const locks = await loadLocks(config);
  const { servers, supervised } = mountServers(options, log, sealer, authorizationOf, locks);
  const isDraining = () => phase.isDraining;
  const shared = { config, environment, servers, log, observing };
  const app = await buildApp({ ...shared, server, isDraining });
  return { app, port, servers, supervised, log, telemetry: new TelemetryLoader(shared) };
}

/**
 * Each enabled server with its backend and the layers around it; those that a supervisor has to
 * start are listed.
 */
function mountServers(
  { config, environment, backendOf }: HostOptions,
  log: Logger,
  sealer: Sealer,
  authorizationOf: AuthorizationOf,
  locks: Locks,
) {
  const backends = new Map<string, Backend>();
  const supervised: SupervisedServer[] = [];
  const servers = config.servers
    .filter(({ enabled }) => enabled)
    .map((server) => {
      const authorization = authorizationOf(server);
      const serverLog = log.child({ server: server.name });
      const lock = locks.get(server.name);
      if (lock?.isStale) serverLog.warn({ reason: 'lock-stale' }, STALE);
      let inner = backendOf?.(server, backends);
      if (!inner) {
        const { startTimeoutMs } = server;
        const supervisor = new Supervisor({ startTimeoutMs, log: supervisorLog(serverLog) });
        const missing = authorization?.missing;
        const knownEra = lock?.isStale ? undefined : lock?.server.era;
        supervised.push({ config: server, missing, supervisor, knownEra });
        inner = supervisor;
      }
      const layers = { ...layerOptions(server, environment, serverLog), lock };
      const backend = composeLayers(inner, server, layers);
      backends.set(server.name, backend);
      return new MountedServer({ config: server, backend, sealer, authorization });
    });
  return { servers, supervised };
}

function supervisorLog(log: Logger): SupervisorLog {
  return {
    unavailable: ({ word, message, cause }, retryInMs) =>
      log.error(
        {
          reason: word,
          detail: message,
          ...(retryInMs !== undefined && { retryInMs: Math.round(retryInMs) }),
          ...(cause instanceof Error && { err: cause }),
        },
        'unavailable',
      ),
    recovered: (tries) => log.info({ tries }, 'serving again'),
  };
}

function layerOptions(server: ServerConfig, environment: Environment, log: Logger): LayerOptions {
  const { name } = server;
  return {
    masksErrors: !environment.development,
    onServerError: ({ request }, error) => {
      // SDK v1 lists every fault of the caller's parameters in it, which can be megabytes.
      const detail = bounded(error.message, MAX_DETAIL_LENGTH);
      log.warn({ method: bounded(request.method), detail }, 'server error');
    },
    onTaskTools: (names) =>
      log.warn(
        { tools: names.map((tool) => bounded(tool)) },
        'tools that require tasks are left out: this host does not offer tasks',
      ),
    onToolsChanged: ({ added, changed }) =>
      log.warn(
        {
          reason: 'tools-changed',
          added: added.slice(0, MAX_NAMES).map((tool) => bounded(tool)),
          changed: changed.slice(0, MAX_NAMES).map((tool) => bounded(tool)),
        },
        'onToolsChanged' in server && server.onToolsChanged === 'block' ? BLOCKED : CHANGED,
      ),
    onUnmatched: (tools) =>
      log.warn({ tools }, 'servers.yaml: `tools` names no tool of this server'),
    onDuplicate: (tool) =>
      log.error(
        {
          reason: 'duplicate-tools',
          detail: `Two tools would be published as ${JSON.stringify(bounded(tool))}. Fix: give one of them another name in servers.${name}.tools.override.`,
        },
        'unavailable',
      ),
  };
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
