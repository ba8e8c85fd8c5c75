// The application: its plugins, routes and error answers, in order. Read this file to see the whole
// HTTP surface.

import { statSync } from 'node:fs';
import type { Server } from 'node:http';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Environment } from '../config/env.ts';
import { appVersionOf } from '../config/installed-package.ts';
import type { ServersConfig } from '../config/schema.ts';
import { hasPath } from '../config/server-path.ts';
import { ownUrlOf, publicUrlOf } from './authorization/public-url.ts';
import type { ByteBudget } from './exchange/byte-budget.ts';
import type { LineLimits } from './exchange/line-limit.ts';
import type { Observing } from './exchange/observer.ts';
import { HostError } from './exchange/refusals.ts';
import { createAudit } from './mount/audit.ts';
import { arrivedBody } from './mount/body-bytes.ts';
import { checkHook } from './mount/check-hook.ts';
import { answerErrors } from './mount/error-answers.ts';
import { createGuard, createUrlRewriter } from './mount/guard.ts';
import type { PublicRoutes } from './mount/listed-servers.ts';
import { mountPreflight, mountServer } from './mount/mount.ts';
import type { MountedServer } from './mount/mounted-server.ts';
import { Pages } from './mount/pages.ts';
import { registerRateLimit } from './mount/rate-limit.ts';
import { Registry } from './mount/registry.ts';
import { ServerCards } from './mount/server-cards.ts';
import { type HealthOptions, registerHealth } from './process/health.ts';

export interface AppOptions {
  /** Passes requests to the application, and answers by itself what never becomes one. */
  readonly server: Server;
  readonly config: ServersConfig;
  readonly environment: Environment;
  readonly servers: readonly MountedServer[];
  readonly log: Logger;
  readonly limits: LineLimits;
  readonly lostLogLines: () => number;
  readonly budget: ByteBudget;
  readonly observing: Observing;
  /**
   * True once the process is shutting down: answers close their connections, new messages are
   * refused.
   */
  readonly isDraining: () => boolean;
  /** That this process listens on. */
  readonly port: () => number;
}

const UNLISTED =
  'The registry and the server cards list no server, because the host does not know its public address. Fix: set MCP_PUBLIC_BASE_URL or host.publicUrl.';

/** No route has a schema, so Fastify need not load its compilers for them. */
const WITHOUT_SCHEMAS = {
  compilersFactory: { buildValidator: refuseSchema, buildSerializer: refuseSchema },
};

function refuseSchema(): never {
  throw new Error('Routes of this host have no schema.');
}

/** Builds the application; it does not listen, and loads no server of the configuration. */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { server, config, environment, servers, log, limits, observing, isDraining } = options;
  const reachable = servers.filter((mounted) => hasPath(mounted.config));
  const pages = createPages(options, reachable);
  const published = createPublished(options, reachable);
  const guardOptions = { servers: reachable, host: config.host, environment, pages, published };
  const audit = createAudit({ ...options, mode: config.host.audit, servers: reachable });
  const answer = answerErrors({ log, limits, isDraining, audit: audit.refused });
  const rewriteUrl = createUrlRewriter(guardOptions);
  const app = Fastify({
    schemaController: WITHOUT_SCHEMAS,
    // Our own log line says more. No loggers: performance.md.
    logger: false,
    serverFactory: () => server,
    // While draining we answer ourselves, in JSON-RPC.
    return503OnClosing: false,
    rewriteUrl: (request) => rewriteUrl(request.url as string),
    frameworkErrors: answer,
    // The server has a listener from its beginning.
    clientErrorHandler: () => {},
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, arrivedBody);
  app.setErrorHandler(answer);
  app.setNotFoundHandler(() => {
    throw new HostError('not-found');
  });
  // One shape: performance.md.
  app.decorateRequest('verified', undefined);
  app.decorateRequest('bodyLimits', undefined);
  app.decorateRequest('holding', undefined);
  app.addHook('onRequest', checkHook(createGuard(guardOptions)));
  await registerRateLimit(
    app,
    reachable.map((mounted) => mounted.config),
  );
  const { budget, lostLogLines } = options;
  const page: HealthOptions['page'] = (request, reply) => pages?.answer(request, reply);
  for (const each of published) each.mount(app);
  registerHealth(app, { servers, budget, isDraining, lostLogLines, page });
  mountPreflight(app);
  pages?.mount(app);
  for (const mounted of reachable) {
    mountServer(app, { server: mounted, environment, log, limits, observing, audit, isDraining });
  }
  return app;
}

function createPages(
  { config: { host }, environment, port }: AppOptions,
  servers: readonly MountedServer[],
): Pages | undefined {
  if (!host.pages) return undefined;
  return new Pages({
    servers,
    host,
    environment,
    ownUrl: () => ownUrlOf(environment, port()),
    publicUrl: publicUrlOf(host, environment, port),
    load: async () => (await import('./pages/page.ts')).renderPage,
  });
}

function createPublished(
  { config, environment, port, log }: AppOptions,
  servers: readonly MountedServer[],
): PublicRoutes[] {
  const { registry, serverCards } = config.host;
  if (!registry && !serverCards) return [];
  const publicUrl = publicUrlOf(config.host, environment, port);
  if (publicUrl === undefined) log.warn({ reason: 'no-public-address' }, UNLISTED);
  const listed = { servers, publicUrl, appVersion: appVersionOf(config.directory) };
  const writtenAt = statSync(config.file, { throwIfNoEntry: false })?.mtime;
  return [
    ...(registry ? [new Registry({ ...listed, writtenAt })] : []),
    ...(serverCards ? [new ServerCards(listed)] : []),
  ];
}
