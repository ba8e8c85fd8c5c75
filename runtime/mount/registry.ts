// The servers of this host as a registry of MCP servers (API v0.1 of modelcontextprotocol/registry), which lists of allowed
// servers read. It is public, and tells what server.json tells.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ServerJson } from '../exchange/server-json.ts';
import { type ListedServersOptions, listedServers, type PublicRoutes } from './listed-servers.ts';

const LIST_PATH = '/v0.1/servers';

/** As in the official registry. */
const DEFAULT_LIMIT = 30;
const MAX_LIMIT = 100;

/** RFC 3339, as `updated_since` has it. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;

export interface RegistryOptions extends ListedServersOptions {
  /** When servers.yaml was written; undefined when that cannot be read. */
  readonly writtenAt: Date | undefined;
}

interface Answer {
  readonly status: 200 | 400 | 404;
  readonly body: object;
}

const NOT_FOUND: Answer = { status: 404, body: { error: 'Server not found' } };
const NO_VERSION: Answer = { status: 404, body: { error: 'Server version not found' } };

export class Registry implements PublicRoutes {
  /** What Copilot asks for (GitHub's page "Configure an MCP registry"). */
  readonly corsHeaders = {
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET, OPTIONS',
    'access-control-allow-headers': 'Authorization, Content-Type',
  };
  readonly #options: RegistryOptions;

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  covers(path: string): boolean {
    return path === LIST_PATH || path.startsWith(`${LIST_PATH}/`);
  }

  mount(app: FastifyInstance): void {
    const answer = ({ raw }: FastifyRequest, reply: FastifyReply) => {
      const { status, body } = this.#answer(raw.url as string);
      return reply.code(status).send(body);
    };
    for (const url of [LIST_PATH, `${LIST_PATH}/*`]) {
      app.get(url, answer);
      app.options(url, (_request, reply) => reply.code(204).send());
    }
  }

  #answer(url: string): Answer {
    const [path = '', query] = url.split('?', 2);
    const rest = path.slice(LIST_PATH.length + 1).replace(/\/$/, '');
    if (rest === '') return this.#list(new URLSearchParams(query));
    // The name has a slash: escaped by the client, bare where something on the way has decoded it.
    const [, name = '', version] = /^(.+)\/versions(?:\/([^/]+))?$/.exec(rest) ?? [];
    const wanted = decoded(name);
    const found = this.#entries().find(({ json }) => json.name === wanted);
    if (!found) return NOT_FOUND;
    if (version === undefined) return { status: 200, body: listOf([found]) };
    const isThere = ['latest', found.json.version].includes(decoded(version));
    return isThere ? { status: 200, body: found.entry } : NO_VERSION;
  }

  #list(query: URLSearchParams): Answer {
    const { writtenAt } = this.#options;
    const limit = Number(query.get('limit') || DEFAULT_LIMIT);
    const since = query.get('updated_since') || undefined;
    const version = query.get('version') || 'latest';
    const search = query.get('search')?.toLowerCase() ?? '';
    const cursor = query.get('cursor') || undefined;
    if (!Number.isInteger(limit) || limit < 1) return refused('limit', 'a number from 1 to 100');
    if (since !== undefined && !(TIMESTAMP.test(since) && Date.parse(since))) {
      return refused('updated_since', 'a time such as 2025-08-07T13:15:04Z');
    }
    const all = this.#entries();
    const start = cursor === undefined ? 0 : all.findIndex(({ cursor: own }) => own === cursor) + 1;
    if (cursor !== undefined && start === 0) return refused('cursor', 'one of this registry');
    const isNewer = since === undefined || !writtenAt || writtenAt.getTime() >= Date.parse(since);
    const matching = all.slice(start).filter(({ json }) => {
      const isVersion = version === 'latest' || version === json.version;
      return isNewer && isVersion && json.name.toLowerCase().includes(search);
    });
    const shown = matching.slice(0, Math.min(limit, MAX_LIMIT));
    const next = shown.length < matching.length ? shown.at(-1)?.cursor : undefined;
    return { status: 200, body: listOf(shown, next) };
  }

  #entries(): Entry[] {
    const time = this.#options.writtenAt?.toISOString();
    const times = time && { publishedAt: time, updatedAt: time };
    return listedServers(this.#options).map(({ config, json }) => {
      const official = { status: 'active', ...times, isLatest: true };
      const _meta = { 'io.modelcontextprotocol.registry/official': official };
      return { cursor: config.name, json, entry: { server: json, _meta } };
    });
  }
}

interface Entry {
  /** The page after it begins behind this server. Nothing in it needs an escape: VS Code makes none. */
  readonly cursor: string;
  readonly json: ServerJson;
  readonly entry: object;
}

function listOf(entries: readonly Entry[], nextCursor?: string): object {
  return {
    servers: entries.map(({ entry }) => entry),
    metadata: { count: entries.length, ...(nextCursor && { nextCursor }) },
  };
}

function refused(parameter: string, expected: string): Answer {
  return { status: 400, body: { error: `Invalid ${parameter}: expected ${expected}` } };
}

/**
 * Twice: the Functions host leaves `%2F` as it is and escapes its `%`. No name or version has a `%`
 * of its own.
 */
function decoded(text: string): string {
  try {
    return decodeURIComponent(decodeURIComponent(text));
  } catch {
    return text;
  }
}
