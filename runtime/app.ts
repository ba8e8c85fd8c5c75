// What the application is: its plugins, routes and error answers in order. Who reads this knows the HTTP surface.

import Fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Environment } from '../config/env.ts';
import type { ServersConfig } from '../config/schema.ts';
import { answerErrors, answerSocketErrors, refuseTunnel } from './errors.ts';
import type { Observing } from './exchange/observer.ts';
import { registerHealth } from './health.ts';
import { createAudit } from './mount/audit.ts';
import { checkHook } from './mount/check-hook.ts';
import { createGuard, createUrlRewriter } from './mount/guard.ts';
import { mountServer } from './mount/mount.ts';
import type { MountedServer } from './mount/mounted-server.ts';
import { registerRateLimit } from './mount/rate-limit.ts';
import { parseBody } from './protocol/body.ts';
import { HostError } from './protocol/refusals.ts';
import type { Sealer } from './protocol/seal.ts';

export interface AppOptions {
  readonly config: ServersConfig;
  readonly environment: Environment;
  readonly servers: readonly MountedServer[];
  readonly log: Logger;
  readonly sealer: Sealer;
  readonly observing: Observing;
  /** True once the process is shutting down: answers close their connections, new messages are refused. */
  readonly isDraining: () => boolean;
}

/** Builds the application; it does not listen and loads no server. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { config, environment, servers, log, sealer, observing, isDraining } = options;
  const guardOptions = { servers, host: config.host, environment };
  const answer = answerErrors(log, isDraining, createAudit(options));
  const rewriteUrl = createUrlRewriter(guardOptions);
  const app = Fastify({
    // Our own log line says more; without a logger Fastify makes none per request.
    logger: false,
    // Node's limits for slow requests; Fastify's default of 0 waits for ever for a body that never ends.
    requestTimeout: 10_000,
    http: {
      headersTimeout: 5_000,
      connectionsCheckingInterval: 1_000,
      // Node's own refusal of a missing Host has no body; the guard's has one.
      requireHostHeader: false,
    },
    // Above 60 s: the Functions host keeps its connections pooled.
    keepAliveTimeout: 72_000,
    // While draining we answer ourselves, in JSON-RPC.
    return503OnClosing: false,
    rewriteUrl: (request) => rewriteUrl(request.url as string),
    frameworkErrors: answer,
    clientErrorHandler: answerSocketErrors,
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer' },
    (_request, body, done) => {
      try {
        done(null, parseBody(body));
      } catch (error) {
        done(error as Error);
      }
    },
  );
  app.setErrorHandler(answer);
  app.setNotFoundHandler(() => {
    throw new HostError('not-found');
  });
  app.server.on('connect', refuseTunnel);
  // An expectation that nobody knows may be ignored (RFC 9110, 10.1.1); Node's 417 would have no body.
  app.server.on('checkExpectation', app.routing);
  // Declared for all requests, so that setting it changes no shape.
  app.decorateRequest('verified', undefined);
  app.addHook('onRequest', checkHook(createGuard(guardOptions)));
  await registerRateLimit(
    app,
    servers.map((server) => server.config),
  );
  registerHealth(app, { servers, isDraining });
  for (const server of servers) {
    mountServer(app, { server, environment, log, sealer, observing, isDraining });
  }
  return app;
}
