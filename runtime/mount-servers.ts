// The servers of servers.yaml, each with its backend and the layers around it: first those that stand
// alone, then the combinations, which are made of them.

import type { Logger } from 'pino';
import type { Environment } from '../config/env.ts';
import type { Lock } from '../config/lock-file.ts';
import type { CombineConfig, ServerConfig, ServersConfig } from '../config/schema.ts';
import type { Authorization, AuthorizationOf } from './authorization/authorization.ts';
import type { CombinedBackendOptions } from './backends/combine/combined-backend.ts';
import type { SupervisedServer } from './backends/start-servers.ts';
import { Supervisor, type SupervisorLog } from './backends/supervisor.ts';
import { bounded } from './exchange/bounded-text.ts';
import type { ByteBudget, ByteShare } from './exchange/byte-budget.ts';
import { NAMED_METHODS, type NamedMethod } from './exchange/entered.ts';
import { composeLayers, type LayerOptions } from './exchange/layers/compose.ts';
import { type Refused, refuseOperations } from './exchange/layers/refused-operations.ts';
import type { LineLimits } from './exchange/line-limit.ts';
import { Restarts } from './exchange/restarts.ts';
import { asMember } from './mount/member.ts';
import { MountedServer, type MountedServerOptions } from './mount/mounted-server.ts';
import type { Sealer } from './protocol/seal.ts';

const MAX_DETAIL_LENGTH = 512;
/** Of tools, in one line of the log. */
const MAX_NAMES = 20;

const RELOCK = 'Fix: review the changes, and run: npx --no mcp-host lock';
const CHANGED = `tools differ from servers.lock.json. ${RELOCK}`;
const BLOCKED = `tools differ from servers.lock.json, so they are neither listed nor called. ${RELOCK}`;
const STALE =
  'servers.lock.json was written for a different entry of this server, so its lists are not used. Fix: npx --no mcp-host lock';

const NOTHING: Refused = { until: new Map() };

/** What servers.lock.json says, by the name of the server. */
export type Locks = ReadonlyMap<string, Lock>;

export interface MountServersOptions {
  readonly config: ServersConfig;
  readonly environment: Environment;
  readonly log: Logger;
  readonly limits: LineLimits;
  readonly sealer: Sealer;
  readonly budget: ByteBudget;
  readonly authorizationOf: AuthorizationOf;
  readonly locks: Locks;
  /** What earlier processes was blocked in; absent where no one watches that. */
  readonly blocked: BlockedOperations | undefined;
}

/** Operations of servers that are refused, because processes was blocked in them. */
export interface BlockedOperations {
  /** By operation, until when, by `Date.now()`. */
  refused(server: string): ReadonlyMap<string, number>;
  /** Whether processes were blocked under several names of this method. */
  hasSeveral(server: string, method: NamedMethod): boolean;
  /** Until when requests for what a server does not list are refused, by `Date.now()`. */
  unlistedEnd(
    server: string,
    method: NamedMethod,
    isListed: (operation: string) => boolean,
  ): number;
  /** Where it is kept. */
  readonly file: string;
}

/** @returns the enabled servers in the order of the file, and those that are to be started. */
export async function mountServers(options: MountServersOptions) {
  const enabled = options.config.servers.filter((server) => server.enabled);
  const supervised: SupervisedServer[] = [];
  const mounted = new Map<string, MountedServer>();
  for (const server of enabled) {
    if (server.kind === 'combine') continue;
    const authorization = options.authorizationOf(server);
    const log = options.log.child({ server: server.name });
    const { startTimeoutMs } = server;
    const supervisor = new Supervisor({ startTimeoutMs, log: supervisorLog(log) });
    const lock = options.locks.get(server.name);
    if (lock?.isStale) log.warn({ reason: 'lock-stale' }, STALE);
    const knownEra = lock?.isStale ? undefined : lock?.server.era;
    const missing = authorization?.missing;
    const restarts = new Restarts();
    const globalChanges: string[] = [];
    supervised.push({ config: server, missing, supervisor, restarts, globalChanges, knownEra });
    const refused = refusedOf(server.name, options.blocked);
    if (refused.until.size > 0) warnOfRefused([...refused.until.keys()], log, options);
    const inner = { backend: refuseOperations(supervisor, refused), restarts, globalChanges };
    mounted.set(server.name, mount(server, inner, authorization, log, options));
  }
  // A member may stand after its combination in the file.
  for (const server of enabled) {
    if (server.kind === 'combine') {
      mounted.set(server.name, await mountCombination(server, mounted, options));
    }
  }
  return { servers: enabled.map(({ name }) => mounted.get(name) as MountedServer), supervised };
}

function refusedOf(server: string, blocked: BlockedOperations | undefined): Refused {
  if (!blocked) return NOTHING;
  const until = blocked.refused(server);
  if (!NAMED_METHODS.some((method) => blocked.hasSeveral(server, method))) return { until };
  const unlistedEnd: Refused['unlistedEnd'] = (method, isListed) =>
    blocked.unlistedEnd(server, method, isListed);
  return { until, unlistedEnd };
}

function warnOfRefused(operations: string[], log: Logger, { blocked }: MountServersOptions): void {
  log.warn(
    { reason: 'blocked', operations: operations.map((each) => bounded(each)) },
    `Each of these requests blocked the event loop twice within 30 minutes, until the process was ended. The host refuses them for 30 minutes. Fix: find the endless loop, or set \`isolation: thread\` for the server. To allow them earlier, delete ${blocked?.file} and restart.`,
  );
}

type MountedParts = Pick<MountedServerOptions, 'backend' | 'restarts' | 'globalChanges'>;

function mount(
  config: ServerConfig,
  { backend: innermost, ...seen }: MountedParts,
  authorization: Authorization | undefined,
  log: Logger,
  { environment, sealer, budget, locks, limits }: MountServersOptions,
): MountedServer {
  const lock = locks.get(config.name);
  const layers = { ...layerOptions(config, environment, log, limits), lock };
  const backend = composeLayers(innermost, config, layers);
  const share = budget.addShare();
  warnOfLimits(config, share, log);
  return new MountedServer({ config, backend, sealer, share, authorization, ...seen });
}

/** Above its share a body or an answer is always refused. */
function warnOfLimits(config: ServerConfig, { largeLimitBytes }: ByteShare, log: Logger): void {
  for (const key of ['maxBodyBytes', 'maxResultBytes'] as const) {
    if (config[key] <= largeLimitBytes) continue;
    log.warn(
      { [key]: config[key], shareBytes: Math.floor(largeLimitBytes) },
      `servers.${config.name}.${key} is larger than the memory that this server may use. Fix: set a smaller ${key}, a larger host.bufferedMb, or more memory for Node (--max-old-space-size)`,
    );
  }
}

async function mountCombination(
  config: CombineConfig,
  mounted: ReadonlyMap<string, MountedServer>,
  options: MountServersOptions,
): Promise<MountedServer> {
  // Loaded where it is needed only.
  const { CombinedBackend, reportLongNames } = await import(
    './backends/combine/combined-backend.ts'
  );
  const authorization = options.authorizationOf(config);
  const missing = authorization?.missing;
  const log = options.log.child({ server: config.name });
  const members = Object.entries(config.combine).map(([name, { prefix = name }]) =>
    asMember(mounted.get(name) as MountedServer, prefix),
  );
  if (missing) log.error({ reason: 'missing-variable', missing }, 'unavailable');
  const backend = new CombinedBackend({ config, members, missing, log: combinationLog(log) });
  const combination = mount(config, { backend }, authorization, log, options);
  reportLongNames(config.name, combination.backend, (tools) =>
    log.warn(
      { tools: tools.map((tool) => bounded(tool)) },
      `some clients refuse tool names of this length. Fix: set a shorter prefix in servers.${config.name}.combine, or other names in servers.${config.name}.tools.override`,
    ),
  );
  return combination;
}

function combinationLog(log: Logger): CombinedBackendOptions['log'] {
  return {
    onClaimedTwice: (uri, first, second) =>
      log.warn(
        { uri: bounded(uri), members: [first, second] },
        'two members have a resource with this URI; clients get the one of the first member',
      ),
    onListFailed: (member, method, detail) =>
      log.warn(
        { member, method, detail: bounded(detail, MAX_DETAIL_LENGTH) },
        'a member cannot be listed, so the lists do not contain its items',
      ),
  };
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

function layerOptions(
  server: ServerConfig,
  environment: Environment,
  log: Logger,
  { failures }: LineLimits,
): LayerOptions {
  const { name } = server;
  return {
    masksErrors: !environment.development,
    onServerError: ({ request }, error) => {
      if (!failures.allows(name)) return;
      // SDK v1 lists every fault of the caller's parameters in it, which can be megabytes.
      const detail = bounded(error.message, MAX_DETAIL_LENGTH);
      log.warn({ method: bounded(request.method), detail }, 'server error');
    },
    onTaskTools: (names) =>
      log.warn(
        { tools: names.map((tool) => bounded(tool)) },
        'tools that require tasks are not listed, because this host does not support tasks',
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
      log.warn({ tools }, '`tools` in servers.yaml names a tool that this server does not have'),
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
