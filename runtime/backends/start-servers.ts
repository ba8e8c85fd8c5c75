// Starts the servers of servers.yaml side by side, each within its own limit. On a cold start those
// come first that a caller waits for.

import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import type { Logger } from 'pino';
import {
  applyServerEnv,
  type Environment,
  inheritedEnvironment,
  resolveServer,
} from '../../config/env.ts';
import { referencedHeaders } from '../../config/references.ts';
import type { ResolvedTexts } from '../../config/resolved-texts.ts';
import type { HostConfig, ServerConfig } from '../../config/schema.ts';
import { atMost } from '../exchange/at-most.ts';
import type { Entering } from '../exchange/entered.ts';
import type { Era } from '../exchange/exchange.ts';
import type { Restarts } from '../exchange/restarts.ts';
import { type ForbiddenAccess, Unavailability } from '../exchange/unavailability.ts';
import { ChildrenMemory } from './children-memory.ts';
import { GlobalChangesLog, type GlobalsWatch } from './global-changes-log.ts';
import { openServer } from './kinds.ts';
import { refuseMissingHeaders } from './missing-headers.ts';
import type { Admit, Open, OpenBackend } from './open-backend.ts';
import type { OpenOptions, ThreadPlace } from './open-options.ts';
import { Printer } from './printer.ts';
import type { Supervisor } from './supervisor.ts';

/** Longest time that a server is held back for those that callers wait for. */
const HOLD_BACK_MS = 1_000;
/** What most calls that waited take once their server is there; loading blocks the process. */
const ANSWER_MS = 20;

/** A server and the one who starts it. */
export interface SupervisedServer {
  readonly config: ServerConfig;
  /** Names of environment variables without which its tokens cannot be checked. */
  readonly missing: readonly string[] | undefined;
  readonly supervisor: Supervisor;
  readonly restarts?: Restarts;
  /** Takes what its module did to globals that all servers share. */
  readonly globalChanges?: string[];
  /** See {@link OpenOptions.knownEra}. */
  readonly knownEra?: Era | undefined;
}

/** Keeps modules from acting as if the process were theirs. */
export interface ModuleGuard {
  /** From now on stacks through `moduleFile` belong to `server`. */
  watch(server: string, moduleFile: string): void;
  /**
   * What the server did to the process so far, if anything; `error` is what it threw, if it did.
   */
  forbiddenAccessOf(server: string, error?: unknown): ForbiddenAccess | undefined;
}

/** Which servers have ended processes before this one. */
export interface CrashHistory {
  /** How long a server is not to be started, milliseconds. */
  pauseMs(server: string): number;
  /** Where it is kept. */
  readonly file: string;
}

/** Which servers blocked processes before this one. */
export interface BlockHistory extends CrashHistory {
  /** Whether one of them may do so again while it is loaded. */
  readonly isLoadSuspected: boolean;
}

export interface StartOptions {
  /** Folder of servers.yaml. */
  readonly directory: string;
  readonly host: HostConfig;
  readonly environment: Environment;
  readonly log: Logger;
  readonly guard: ModuleGuard | undefined;
  /** Begins to watch; absent where the process is not the host's own. */
  readonly watchGlobals?: (() => GlobalsWatch) | undefined;
  readonly crashes: CrashHistory | undefined;
  readonly blocks: BlockHistory | undefined;
  /** Records what the modules in this thread are running; absent without a watchdog. */
  readonly entering: ((server: string) => Entering) | undefined;
}

/** Resolves when every server serves or is unavailable. */
export async function startServers(
  servers: readonly SupervisedServer[],
  options: StartOptions,
): Promise<void> {
  const owners = new WeakMap<object, string>();
  // All are resolved before one is applied: what a server sets must not become another's `${NAME}`.
  const resolved = servers.map((server) => ({
    server,
    texts: resolveServer(server.config),
    place: placeOf(server.config, options.log),
  }));
  for (const { server, texts } of resolved) {
    if ('env' in texts && sharesEnvironment(server.config)) applyServerEnv(texts.env);
  }
  const { watchGlobals } = options;
  const shared = {
    owners,
    childrenMemory: new ChildrenMemory(options.host.childrenMemoryMb),
    ...(watchGlobals && { globals: new GlobalChangesLog(watchGlobals(), options.log) }),
  };
  const openers = resolved.map(({ server, texts, place }) => ({
    ...server,
    open: opener(server, texts, place, shared, options),
    admit: admitting(texts),
  }));
  for (const { supervisor, open, admit } of openers.filter(isLazy)) supervisor.rest(open, admit);
  const starts = openers
    .filter((each) => !isLazy(each))
    .map(({ supervisor, open }) => ({ supervisor, start: () => supervisor.start(open) }));
  // Requests that came before the application was there have now reached their servers.
  await turn();
  const first = starts.filter(({ supervisor }) => supervisor.isAwaited);
  const others = starts.filter((each) => !first.includes(each));
  if (options.blocks?.isLoadSuspected) {
    // Should the process be blocked again, the notes name the server that did it.
    for (const { start } of [...first, ...others]) await start();
    return;
  }
  const startingFirst = Promise.all(first.map(({ start }) => start()));
  const mayFollow = atMost(
    HOLD_BACK_MS,
    startingFirst.then(({ length }) => (length > 0 ? pause(ANSWER_MS) : undefined)),
  );
  await Promise.all([
    startingFirst,
    ...others.map(async ({ supervisor, start }) => {
      await Promise.race([supervisor.awaited, mayFollow]);
      await start();
    }),
  ]);
}

type Texts = ReturnType<typeof resolveServer>;

/** Its first request starts it. */
function isLazy({
  config,
  admit,
}: SupervisedServer & { readonly admit: Admit | undefined }): boolean {
  return admit !== undefined || ('start' in config && config.start === 'lazy');
}

/**
 * @returns undefined where no caller has a part in the start of the server: the others wait for one
 * who sends the headers that it needs.
 */
function admitting(texts: Texts): Admit | undefined {
  if (!('env' in texts)) return undefined;
  const needed = Object.values(texts.env)
    .flatMap(referencedHeaders)
    .filter((name) => texts.headerValues[name] === undefined);
  if (needed.length === 0) return undefined;
  return (caller) => refuseMissingHeaders(needed, caller?.headers ?? {});
}

/** Every other server has an environment of its own, or none. */
function sharesEnvironment(config: ServerConfig): boolean {
  return config.kind === 'module' && config.isolation === 'none';
}

/** What the servers of one host have together. */
interface SharedByServers {
  /** Which entry a server object serves. */
  readonly owners: WeakMap<object, string>;
  readonly childrenMemory: ChildrenMemory;
  readonly globals?: GlobalChangesLog;
}

/** Made once for all tries to start it. */
function placeOf(config: ServerConfig, log: Logger): ThreadPlace | undefined {
  if (config.kind !== 'module' || config.isolation !== 'thread') return undefined;
  const printer = new Printer(log.child({ server: config.name }));
  return { environment: inheritedEnvironment(), earlier: {}, printer };
}

function opener(
  { config, missing, restarts, globalChanges = [], knownEra }: SupervisedServer,
  texts: Texts,
  place: ThreadPlace | undefined,
  { owners, childrenMemory, globals }: SharedByServers,
  { directory, host, environment, log, guard, crashes, blocks, entering }: StartOptions,
): Open {
  const serverLog = log.child({ server: config.name });
  return async (signal, caller): Promise<OpenBackend> => {
    refuseCrashing(config, crashes);
    refuseBlocking(config, blocks);
    refuseUnguarded(config, missing);
    return openServer(
      config,
      {
        directory,
        host,
        environment,
        texts: complete(texts),
        ...(knownEra && { knownEra }),
        log: {
          warn: (message) => serverLog.warn(message),
          debug: (message) => serverLog.debug(message),
          error: (message, error) => serverLog.error({ err: error }, message),
        },
        fieldLog: serverLog,
        ended: (what, reason, fields) => {
          restarts?.add(reason);
          serverLog.warn({ reason, ...fields }, `${what} ended`);
        },
        childrenMemory,
        callerHeaders: caller?.headers,
        claim: (server) => claim(server, config, owners),
        ...(place ? { place } : entering && { entering: entering(config.name) }),
        ...(guard && {
          onImport: (file) => {
            guard.watch(config.name, file);
            globals?.begin(config.name, file, globalChanges);
          },
          // Asked right after the code of the module ran, before that of another can.
          forbiddenAccess: (error) => {
            globals?.look(config.name);
            return guard.forbiddenAccessOf(config.name, error);
          },
        }),
      },
      signal,
    );
  };
}

/** @throws Unavailability `crashing`. */
function refuseCrashing({ name }: ServerConfig, crashes: CrashHistory | undefined): void {
  const retryAfterMs = crashes?.pauseMs(name) ?? 0;
  if (retryAfterMs === 0) return;
  const minutes = Math.ceil(retryAfterMs / 60_000);
  throw new Unavailability(
    'crashing',
    `Uncaught errors in the code of this server ended three processes within 10 minutes. The host tries to start it again in ${minutes} min. Fix: correct the errors that the log calls "uncaught exception". To try earlier, delete ${crashes?.file} and restart.`,
    { retryAfterMs },
  );
}

/** @throws Unavailability `blocked`. */
function refuseBlocking({ name }: ServerConfig, blocks: BlockHistory | undefined): void {
  const retryAfterMs = blocks?.pauseMs(name) ?? 0;
  if (retryAfterMs === 0) return;
  const minutes = Math.ceil(retryAfterMs / 60_000);
  throw new Unavailability(
    'blocked',
    `Code of this server blocked two processes within 30 minutes, which were ended. It was loading, building a server or running a timer. The host tries to start it again in ${minutes} min. Fix: find the endless loop in its module, its factory or its timers, or set \`isolation: thread\`. To try earlier, delete ${blocks?.file} and restart.`,
    { retryAfterMs },
  );
}

/** Served without its token checks, the server would be open to everyone. */
function refuseUnguarded({ auth }: ServerConfig, missing: readonly string[] | undefined): void {
  if (!missing) return;
  throw new Unavailability(
    'missing-variable',
    `\`auth: ${auth}\` cannot be enforced without environment variables: ${missing.join(', ')}. Fix: set them.`,
    { missing },
  );
}

/** @throws Unavailability `missing-variable`. */
function complete(texts: Texts): ResolvedTexts {
  if ('env' in texts) return texts;
  const { missing } = texts;
  throw new Unavailability(
    'missing-variable',
    `Missing environment variables: ${missing.join(', ')}. Fix: set them, or give a default as \${NAME:-default}.`,
    { missing },
  );
}

/** One server object serves one entry: the first one. @throws Unavailability `server-in-use`. */
function claim(server: object, { name }: ServerConfig, owners: WeakMap<object, string>): void {
  const owner = owners.get(server) ?? name;
  owners.set(server, owner);
  if (owner === name) return;
  throw new Unavailability(
    'server-in-use',
    `servers.${owner} and servers.${name} use the same server object, because their module exports the same object for both. Fix: export a factory that builds a new server, or remove one of the entries.`,
  );
}
