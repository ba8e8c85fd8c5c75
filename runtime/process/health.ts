// Liveness and readiness: `/` for the Functions host's probe, `/healthz`, and `/readyz` with detail
// for the operator.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ownProgramsNote } from '../../config/own-programs.ts';
import { bounded } from '../exchange/bounded-text.ts';
import type { ByteBudget } from '../exchange/byte-budget.ts';
import type { HostedServer } from '../exchange/hosted-server.ts';
import { isOperator } from '../exchange/operator.ts';
import { eventLoopLag } from './event-loop-lag.ts';
import { ROOT_ANSWER } from './port.ts';

/** A process that is blocked this long should get no new work. */
const MAX_LAG_MS = 1_000;
/** Of tools, which a server makes up. */
const MAX_NAMES = 20;

export interface HealthOptions {
  readonly servers: readonly HostedServer[];
  readonly budget: Pick<ByteBudget, 'heldBytes' | 'limitBytes'>;
  readonly isDraining: () => boolean;
  /** Lines of the log that could not be written. */
  readonly lostLogLines: () => number;
  /** Answers a browser at `/`; undefined for all callers else. */
  readonly page: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown> | undefined;
}

/**
 * Unguarded, never limited and not logged: the Functions host asks `GET /` every 25 ms until it is
 * answered.
 */
export function registerHealth(app: FastifyInstance, options: HealthOptions): void {
  const lag = eventLoopLag();
  app.addHook('onClose', async () => lag.stop());
  app.get('/', async (request, reply) => options.page(request, reply) ?? ROOT_ANSWER);
  app.get('/healthz', async () => ({ status: 'alive' }));
  app.get('/readyz', async (request, reply) => {
    const status = readiness(options, lag.recentMs());
    reply.code(status === 'ready' ? 200 : 503);
    return isOperator(request.raw) ? { status, ...held(options) } : { status };
  });
}

/** What waits and is held, in all and by server. */
function held({ servers, budget, lostLogLines }: HealthOptions): object {
  return {
    lostLogLines: lostLogLines(),
    waiting: servers.reduce((sum, { waiting }) => sum + waiting, 0),
    heldBytes: budget.heldBytes,
    mostHeldBytes: Math.floor(budget.limitBytes),
    servers: servers.map(detail),
  };
}

type Readiness = 'ready' | 'starting' | 'draining' | 'none-serving' | 'overloaded';

function readiness({ servers, isDraining }: HealthOptions, lagMs: number): Readiness {
  if (isDraining()) return 'draining';
  // One that is tried again later does not hold back the others.
  if (servers.some(({ state }) => state.is === 'starting' && !state.tries)) return 'starting';
  // One that rests is started by its first request.
  const canServe = servers.some(({ state: { is } }) => is === 'serving' || is === 'idle');
  if (!canServe) return 'none-serving';
  return lagMs > MAX_LAG_MS ? 'overloaded' : 'ready';
}

function detail(server: HostedServer): object {
  const { config, state, backend, inFlight, waiting, share, isFull } = server;
  const { restarts, globalChanges } = server;
  const { is, word, missing, sdkInternals, absentMembers, blocked, tries, retryAt } = state;
  const toolsChanged = state.toolsChanged?.slice(0, MAX_NAMES).map((name) => bounded(name));
  const retryInSeconds =
    retryAt === undefined
      ? undefined
      : Math.max(0, Math.ceil((retryAt - performance.now()) / 1_000));
  const note = ownProgramsNote(config);
  return {
    name: config.name,
    path: config.path,
    status: absentMembers ? 'partial' : is,
    ...(word && { reason: word }),
    ...(missing && { missing }),
    ...(sdkInternals && { sdkInternals }),
    ...(absentMembers && { absentMembers }),
    ...(blocked && { blocked: blocked.slice(0, MAX_NAMES).map((each) => bounded(each)) }),
    ...(note && { note }),
    ...(toolsChanged && { warning: 'tools-changed', toolsChanged }),
    ...(tries && { tries }),
    ...(retryInSeconds !== undefined && { retryInSeconds }),
    ...(globalChanges?.length && { globalChanges: globalChanges.slice(0, MAX_NAMES) }),
    ...(restarts?.total && { restarts: restarts.total }),
    ...(isFull && { full: true }),
    inFlight: inFlight.size,
    waiting,
    heldBytes: share.heldBytes,
    abandonedHandlers: backend.abandonedHandlers,
  };
}
