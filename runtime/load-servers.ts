// Starts the servers of servers.yaml side by side, each within its own limit. On a cold start those come first that a
// caller waits for.

import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import type { Logger } from 'pino';
import { applyServerEnv, resolveServerEnv } from '../config/env.ts';
import type { ServerConfig } from '../config/schema.ts';
import { atMost } from './at-most.ts';
import type { Authorization } from './authorization/authorization.ts';
import { openServer } from './backends/kinds.ts';
import type { Open, OpenBackend, Supervisor } from './backends/supervisor.ts';
import type { CrashNotes } from './crash-notes.ts';
import { Unavailability } from './exchange/unavailability.ts';
import { ForbiddenAccessError, type ProcessGuard } from './process-guard.ts';

/** Longest time that a server is held back for those that callers wait for. */
const HOLD_BACK_MS = 1_000;
/** What most calls that waited take once their server is there; loading blocks the process. */
const ANSWER_MS = 20;

/** A server and the one who starts it. */
export interface SupervisedServer {
  readonly config: ServerConfig;
  readonly authorization: Authorization | undefined;
  readonly supervisor: Supervisor;
}

export interface LoadOptions {
  /** Folder of servers.yaml. */
  readonly directory: string;
  readonly log: Logger;
  readonly guard: ProcessGuard | undefined;
  /** Tells which servers have ended processes before this one. */
  readonly crashNotes: CrashNotes | undefined;
}

/** Resolves when every server serves or is unavailable. */
export async function loadServers(
  servers: readonly SupervisedServer[],
  options: LoadOptions,
): Promise<void> {
  const owners = new WeakMap<object, string>();
  // All are resolved before one is applied: what a server sets must not become another's `${NAME}`.
  const resolved = servers.map((server) => ({ server, env: resolveServerEnv(server.config) }));
  for (const { env } of resolved) if ('values' in env) applyServerEnv(env.values);
  const starts = resolved.map(({ server, env }) => ({
    supervisor: server.supervisor,
    start: () => server.supervisor.start(opener(server, env, owners, options)),
  }));
  // Requests that came before the application was there have now reached their servers.
  await turn();
  const first = starts.filter(({ supervisor }) => supervisor.isAwaited);
  const others = starts.filter((each) => !first.includes(each));
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

type ResolvedEnv = ReturnType<typeof resolveServerEnv>;

function opener(
  { config, authorization }: SupervisedServer,
  env: ResolvedEnv,
  owners: WeakMap<object, string>,
  { directory, log, guard, crashNotes }: LoadOptions,
): Open {
  const serverLog = log.child({ server: config.name });
  return async (signal): Promise<OpenBackend> => {
    refuseCrashing(config, crashNotes);
    refuseUnguarded(config, authorization);
    return openServer(
      config,
      {
        directory,
        env: valuesOf(env),
        log: {
          warn: (message) => serverLog.warn(message),
          debug: (message) => serverLog.debug(message),
        },
        claim: (server) => claim(server, config, owners),
        ...(guard && {
          onImport: (file) => guard.watch(config.name, file),
          offence: (error) =>
            error instanceof ForbiddenAccessError
              ? error.access
              : guard.forbiddenAccessOf(config.name),
        }),
      },
      signal,
    );
  };
}

/** @throws Unavailability `crashing`. */
function refuseCrashing({ name }: ServerConfig, crashNotes: CrashNotes | undefined): void {
  const retryAfterMs = crashNotes?.pauseMs(name) ?? 0;
  if (retryAfterMs === 0) return;
  const minutes = Math.ceil(retryAfterMs / 60_000);
  throw new Unavailability(
    'crashing',
    `Errors of its code that nothing caught have ended three processes within 10 minutes. It is tried again in ${minutes} min. Fix: correct what the log calls "uncaught exception"; to try it earlier, delete ${crashNotes?.file} and restart.`,
    { retryAfterMs },
  );
}

/** Served without its token checks, the server would be open to everybody. */
function refuseUnguarded({ auth }: ServerConfig, authorization: Authorization | undefined): void {
  const missing = authorization?.missing;
  if (!missing) return;
  throw new Unavailability(
    'missing-variable',
    `\`auth: ${auth}\` cannot be enforced without environment variables: ${missing.join(', ')}. Fix: set them.`,
    { missing },
  );
}

/** @throws Unavailability `missing-variable`. */
function valuesOf(env: ResolvedEnv): Readonly<Record<string, string>> {
  if ('values' in env) return env.values;
  const { missing } = env;
  throw new Unavailability(
    'missing-variable',
    `Missing environment variables: ${missing.join(', ')}. Fix: set them, or give a default as \${NAME:-default}.`,
    { missing },
  );
}

/** One server object serves one entry: the first one. @throws Unavailability `server-in-use`. */
function claim(
  server: object,
  { name, module }: ServerConfig,
  owners: WeakMap<object, string>,
): void {
  const owner = owners.get(server) ?? name;
  owners.set(server, owner);
  if (owner === name) return;
  throw new Unavailability(
    'server-in-use',
    `servers.${owner} and servers.${name} use one and the same server object: ${module} exports it to both. Fix: export a factory that builds a new server, or remove one of the entries.`,
  );
}
