// One server at one path: its route, its limits and its exchanges. Adds no MCP feature and no
// protocol rule.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HostError } from '../exchange/refusals.ts';
import { type BodyLimits, checkContentHeaders } from '../protocol/body.ts';
import { answerMessage } from './answer-message.ts';
import { authorizationHooks, mountDocument } from './authorize.ts';
import { arrivingBody, mayEndCall, takeBody } from './body-bytes.ts';
import { checkHook } from './check-hook.ts';
import type { MountOptions } from './mount-options.ts';
import { PREFLIGHT_HEADERS } from './origin.ts';
import { rateLimitHooks } from './rate-limit.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Limits of the server that the request is for, once it is known. */
    bodyLimits?: BodyLimits | undefined;
  }
}

/**
 * Registers the CORS preflight of all servers: each route costs the start. The guard lets only
 * paths of servers through.
 */
export function mountPreflight(app: FastifyInstance): void {
  app.options('*', async (_request, reply) => reply.code(204).headers(PREFLIGHT_HEADERS).send());
}

/** Registers POST at the server's path, with and without one trailing slash. */
export function mountServer(app: FastifyInstance, options: MountOptions): void {
  const { config } = options.server;
  const hooks = [
    checkHook((request) => refuseEarly(request, options)),
    // Before the limit, which counts by the caller that a token names.
    ...authorizationHooks(options.server),
    ...rateLimitHooks(app, config, options.environment),
    // Last: a caller that is refused above must not end waiting calls.
    checkHook((request) => takeBody(request, options.server, options.environment)),
  ];
  for (const url of [config.path, `${config.path}/`]) {
    app.route({
      method: 'POST',
      url,
      bodyLimit: config.maxBodyBytes,
      onRequest: hooks,
      preParsing: arrivingBody,
      handler: (request, reply) => handle(request, reply, options),
    });
  }
  mountDocument(app, options.server);
}

/** What can be refused before the body is read. */
function refuseEarly(request: FastifyRequest, { server }: MountOptions): void {
  checkContentHeaders(request.headers);
  request.bodyLimits = server.config;
  if (!server.isFull || mayEndCall(request)) return;
  throw new HostError('overloaded');
}

function handle(request: FastifyRequest, reply: FastifyReply, options: MountOptions): void {
  const startedAt = performance.now();
  const { loading } = options.observing;
  if (!loading) {
    answerMessage(request, reply, options, startedAt);
    return;
  }
  // No promise is returned: when it resolved, Fastify would answer.
  loading
    .then(() => answerMessage(request, reply, options, startedAt))
    .catch((error) => void reply.send(error));
}
