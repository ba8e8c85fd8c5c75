// Loads the servers of servers.yaml side by side, each within its own limit; who fails is quarantined. On a cold start
// those come first that a caller waits for.

import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import type { Logger } from 'pino';
import { applyServerEnv, resolveServerEnv } from '../config/env.ts';
import type { ServerConfig } from '../config/schema.ts';
import { atMost } from './at-most.ts';
import type { Authorization } from './authorization/authorization.ts';
import { openBackend } from './backends/open.ts';
import { Quarantine } from './backends/quarantine.ts';
import type { CrashNotes } from './crash-notes.ts';
import type { Backend } from './exchange/exchange.ts';
import { unmatchedToolNames } from './exchange/tool-filter.ts';
import type { MountedServer } from './mount/mounted-server.ts';
import { ForbiddenAccessError, type ProcessGuard } from './process-guard.ts';

/** Longest time that a server is held back for those that callers wait for. */
const HOLD_BACK_MS = 1_000;
/** What most calls that waited take once their server is there; loading blocks the process. */
const ANSWER_MS = 20;

export interface LoadOptions {
  /** Folder of servers.yaml. */
  readonly directory: string;
  readonly log: Logger;
  readonly guard: ProcessGuard | undefined;
  /** Tells which servers have ended processes before this one. */
  readonly crashNotes: CrashNotes | undefined;
}

/** Resolves when every server serves or is quarantined. */
export async function loadServers(
  servers: readonly MountedServer[],
  options: LoadOptions,
): Promise<void> {
  // All are resolved before one is applied: what a server sets must not become another's `${NAME}`.
  const resolved = servers.map((server) => ({ server, env: resolveServerEnv(server.config) }));
  for (const { env } of resolved) if ('values' in env) applyServerEnv(env.values);
  const load = (each: Resolved): Promise<void> => loadOne(each, options);
  // Requests that came before the application was there have now reached their servers.
  await turn();
  const first = resolved.filter(({ server }) => server.isAwaited);
  const others = resolved.filter((each) => !first.includes(each));
  const loadingFirst = Promise.all(first.map(load));
  const mayFollow = atMost(
    HOLD_BACK_MS,
    loadingFirst.then(({ length }) => (length > 0 ? pause(ANSWER_MS) : undefined)),
  );
  await Promise.all([
    loadingFirst,
    ...others.map(async (each) => {
      await Promise.race([each.server.awaited, mayFollow]);
      await load(each);
    }),
  ]);
}

interface Resolved {
  readonly server: MountedServer;
  readonly env: ResolvedEnv;
}

async function loadOne({ server, env }: Resolved, options: LoadOptions): Promise<void> {
  const { name } = server.config;
  const log = options.log.child({ server: name });
  const load = async (): Promise<void> => {
    const state = await server.load(() => openLogged(server, env, log, options));
    if (state.status === 'serving') warnOfUnmatchedTools(server.config, state.backend, log);
  };
  const pauseMs = options.crashNotes?.pauseMs(name) ?? 0;
  if (pauseMs === 0) return load();
  setTimeout(load, pauseMs).unref();
  await server.load(() => refuseCrashing(pauseMs, log, options));
}

type ResolvedEnv = ReturnType<typeof resolveServerEnv>;

/** @throws Quarantine `crashing`, which is logged. */
async function refuseCrashing(pauseMs: number, log: Logger, options: LoadOptions): Promise<never> {
  const minutes = Math.ceil(pauseMs / 60_000);
  const detail = `Errors of its code that nothing caught have ended three processes within 10 minutes. It is tried again in ${minutes} min. Fix: mend what the log calls "uncaught exception"; to try it earlier, delete ${options.crashNotes?.file} and restart.`;
  log.error({ reason: 'crashing', detail }, 'quarantined');
  throw new Quarantine('crashing', detail);
}

async function openLogged(
  server: MountedServer,
  env: ResolvedEnv,
  log: Logger,
  options: LoadOptions,
): Promise<Backend> {
  try {
    return await open(server, env, log, options);
  } catch (error) {
    const reason = error instanceof Quarantine ? error.reason : 'factory-failed';
    const { message, cause } = error as Error;
    log.error(
      { reason, detail: message, ...(cause instanceof Error && { err: cause }) },
      'quarantined',
    );
    throw error;
  }
}

async function open(
  { config, authorization }: MountedServer,
  env: ResolvedEnv,
  log: Logger,
  options: LoadOptions,
): Promise<Backend> {
  refuseUnguarded(config, authorization);
  if ('missing' in env) {
    throw new Quarantine(
      'missing-variable',
      `Missing environment variables: ${env.missing.join(', ')}. Fix: set them, or give a default as \${NAME:-default}.`,
      undefined,
      env.missing,
    );
  }
  const { guard } = options;
  return openBackend(config, {
    directory: options.directory,
    env: env.values,
    log: { warn: (message) => log.warn(message), debug: (message) => log.debug(message) },
    ...(guard && {
      onImport: (file) => guard.watch(config.name, file),
      offence: (error) =>
        error instanceof ForbiddenAccessError ? error.access : guard.forbiddenAccessOf(config.name),
    }),
  });
}

/** Served without its token checks, the server would be open to everybody. */
function refuseUnguarded({ auth }: ServerConfig, authorization: Authorization | undefined): void {
  const missing = authorization?.missing;
  if (!missing) return;
  throw new Quarantine(
    'missing-variable',
    `\`auth: ${auth}\` cannot be enforced without environment variables: ${missing.join(', ')}. Fix: set them.`,
    undefined,
    missing,
  );
}

function warnOfUnmatchedTools(config: ServerConfig, backend: Backend, log: Logger): void {
  const names = unmatchedToolNames(config.tools, backend.declarations.tools);
  if (names.length > 0) {
    log.warn({ tools: names }, 'servers.yaml: `tools` names no tool of this server');
  }
}
