// The first hook of every request: headers, host, path, origin and method, before anything of a
// server is touched.

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Environment } from '../../config/env.ts';
import type { HostConfig } from '../../config/schema.ts';
import { HostError } from '../exchange/refusals.ts';
import { DOCUMENT_CORS_HEADERS, documentPaths } from './authorize.ts';
import type { PublicRoutes } from './listed-servers.ts';
import type { MountedServer } from './mounted-server.ts';
import { corsHeaders, countHeader, createHostCheck, createOriginCheck } from './origin.ts';
import type { Pages } from './pages.ts';

/** Node drops headers beyond about 1,000 silently; a dropped Origin would pass its check. */
const MAX_HEADERS = 100;

/** Probes ask these without a known Host; they say nothing of a server. */
const HEALTH_PATHS = new Set(['/', '/healthz', '/readyz']);

const DOCUMENTS: Pick<PublicRoutes, 'corsHeaders'> = { corsHeaders: DOCUMENT_CORS_HEADERS };

/** @throws HostError for what must not pass. */
export type Guard = (request: FastifyRequest, reply: FastifyReply) => void;

export interface GuardOptions {
  readonly servers: readonly MountedServer[];
  readonly host: HostConfig;
  readonly environment: Environment;
  readonly pages: Pages | undefined;
  /** What everybody may read, of all servers. */
  readonly published: readonly PublicRoutes[];
}

/**
 * Exact, case-sensitive paths (with and without one trailing slash): the Functions host ignores
 * case, we do not. It also decodes a path, resolves its dots and escapes it again, so what it has
 * matched to a route is what arrives here.
 */
export function createGuard({ servers, host, environment, ...options }: GuardOptions): Guard {
  const { pages, published } = options;
  const isHostAllowed = createHostCheck(host, environment);
  const isOriginAllowedAnywhere = createOriginCheck({ allowedOrigins: [] }, environment);
  const originChecks = new Map(
    servers.flatMap(({ config }) => {
      const check = createOriginCheck(config, environment);
      return [
        [config.path, check],
        [`${config.path}/`, check],
      ] as const;
    }),
  );
  const documents = new Set(servers.flatMap(documentPaths));
  return ({ raw }, reply) => {
    const url = raw.url as string;
    const query = url.indexOf('?');
    const path = query === -1 ? url : url.slice(0, query);
    // Equal for all, and without CORS: no other page can read it, so Origin is not asked.
    if (pages?.isAsked(raw, path)) return;
    if (HEALTH_PATHS.has(path) && (raw.method === 'GET' || raw.method === 'HEAD')) return;
    if (raw.rawHeaders.length > 2 * MAX_HEADERS) throw new HostError('headers-too-large');
    if (countHeader(raw.rawHeaders, 'host') !== 1) throw new HostError('bad-headers');
    if (!isHostAllowed(raw.headers.host as string)) throw new HostError('forbidden-host');
    if (!path.startsWith('/')) throw new HostError(path === '*' ? 'not-found' : 'misdirected');
    const isOriginAllowed = originChecks.get(path);
    if (!isOriginAllowed) {
      const open = documents.has(path) ? DOCUMENTS : published.find((one) => one.covers(path));
      if (open) return admitToDocument(raw.method, reply, open.corsHeaders);
    }
    const { origin } = raw.headers;
    if (origin !== undefined) {
      if (!(isOriginAllowed ?? isOriginAllowedAnywhere)(origin))
        throw new HostError('forbidden-origin');
      reply.headers(corsHeaders(origin));
    }
    if (!isOriginAllowed) throw new HostError('not-found');
    if (raw.method === 'POST' || (raw.method === 'OPTIONS' && origin !== undefined)) return;
    reply.header('allow', 'POST');
    throw new HostError('method-not-allowed');
  };
}

/** Metadata documents and what is published are for clients of every origin. */
function admitToDocument(
  method: string | undefined,
  reply: FastifyReply,
  headers: Readonly<Record<string, string>>,
): void {
  reply.headers(headers);
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return;
  reply.header('allow', 'GET');
  throw new HostError('method-not-allowed');
}

/**
 * An absolute-form target of an allowed host is the same request as its path (RFC 9112, 3.2.2). Cut
 * out of the text: `URL` would resolve `/..` and `%2e%2e`, and a path that is not written exactly
 * is not served.
 */
export function createUrlRewriter({
  host,
  environment,
}: Pick<GuardOptions, 'host' | 'environment'>): (url: string) => string {
  const isHostAllowed = createHostCheck(host, environment);
  return (url) => {
    if (url.startsWith('/')) return url;
    const [, authority, rest] = /^https?:\/\/([^/?#]*)(.*)$/i.exec(url) ?? [];
    if (authority === undefined || rest === undefined || !isHostAllowed(authority)) return url;
    return rest.startsWith('/') ? rest : `/${rest}`;
  };
}
