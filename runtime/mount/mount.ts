// One server at one path: its route, its limits and its exchanges. Adds no MCP feature and no protocol rule.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Environment } from '../../config/env.ts';
import type { Observing } from '../exchange/observer.ts';
import { OpenExchange } from '../exchange/open-exchange.ts';
import { checkContentHeaders } from '../protocol/body.ts';
import { HostError, refusalOf } from '../protocol/refusals.ts';
import type { Sealer } from '../protocol/seal.ts';
import { type Mounted, serveMessage } from '../protocol/serve.ts';
import { refusedOf } from './audit.ts';
import { authorizationHooks, gateOf, mountDocument } from './authorize.ts';
import { HttpCaller } from './caller.ts';
import { checkHook } from './check-hook.ts';
import { attach, detach } from './disconnect.ts';
import type { MountedServer } from './mounted-server.ts';
import { PREFLIGHT_HEADERS } from './origin.ts';
import { rateLimitHooks } from './rate-limit.ts';
import { logExchange } from './request-log.ts';
import { send } from './send.ts';

export interface MountOptions {
  readonly server: MountedServer;
  readonly environment: Environment;
  readonly log: Logger;
  readonly sealer: Sealer;
  readonly observing: Observing;
  /** True once the process is shutting down. */
  readonly isDraining: () => boolean;
}

/** Registers POST and the CORS preflight at the server's path, with and without one trailing slash. */
export function mountServer(app: FastifyInstance, options: MountOptions): void {
  const { config } = options.server;
  const hooks = [
    checkHook((request) => refuseEarly(request, options)),
    // Before the limit, which counts by the caller that a token names.
    ...authorizationHooks(options.server),
    ...rateLimitHooks(app, config, options.environment),
  ];
  for (const url of [config.path, `${config.path}/`]) {
    app.route({
      method: 'POST',
      url,
      bodyLimit: config.maxBodyBytes,
      onRequest: hooks,
      handler: (request, reply) => handle(request, reply, options),
    });
    app.options(url, async (_request, reply) => reply.code(204).headers(PREFLIGHT_HEADERS).send());
  }
  mountDocument(app, options.server);
}

/** What can be refused before the body is read. */
function refuseEarly(request: FastifyRequest, { server }: MountOptions): void {
  checkContentHeaders(request.headers);
  if (server.callsInFlight >= server.config.maxConcurrent) throw new HostError('overloaded');
}

async function handle(
  request: FastifyRequest,
  reply: FastifyReply,
  options: MountOptions,
): Promise<void> {
  const startedAt = performance.now();
  if (options.observing.loading) await options.observing.loading;
  if (options.isDraining()) throw new HostError('draining');
  if (request.body === undefined) throw new HostError('invalid-json');
  const answer = await serveMessage(
    request.body,
    request.headers,
    mountedFor(request, options, startedAt),
  );
  return send(reply, answer, options.isDraining());
}

function mountedFor(request: FastifyRequest, options: MountOptions, startedAt: number): Mounted {
  const { server, environment, log, sealer } = options;
  const { observer } = options.observing;
  const { config, inFlight, desk } = server;
  const caller = new HttpCaller(request, config, environment);
  return {
    name: config.name,
    caller,
    maxResultBytes: config.maxResultBytes,
    inputTimeoutMs: config.inputTimeoutMs,
    desk,
    sealer,
    serving: () => server.serving(),
    refuseQuarantined: () => server.refuseQuarantined(),
    open(opening) {
      if (server.callsInFlight >= config.maxConcurrent) throw new HostError('overloaded');
      const { timeoutMs } = config;
      const exchange = new OpenExchange({
        ...opening,
        caller,
        timeoutMs,
        ...(observer && { observe: (opened) => observer.start(config.name, opened, startedAt) }),
      });
      inFlight.add(exchange);
      // Fastify's own `request.signal` fires as soon as a body was read, so the socket is watched instead.
      attach(exchange, request.raw.socket);
      return exchange;
    },
    closed(exchange, outcome) {
      inFlight.delete(exchange);
      const { headers } = request;
      detach(exchange, request.raw.socket);
      const refusal = refusalOf(outcome);
      const refused = refusal && refusedOf(request, refusal, config.name, caller.subject);
      const server = config.name;
      logExchange(log, { server, exchange, outcome, startedAt, headers, ...refused });
      return refused;
    },
    notified: (notification) => observer?.notified(config.name, notification, caller),
    scopesNeeded: (scopes) =>
      // Where no token is asked for, there is nowhere to send the caller for a better one.
      server.authorization
        ? gateOf(server.authorization).scopesNeeded(scopes)
        : new HostError('insufficient-scope'),
    failed(_exchange, error) {
      log.error({ server: config.name, err: error }, 'server failed');
    },
  };
}
