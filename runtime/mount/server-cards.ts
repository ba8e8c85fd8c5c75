// Server cards and their catalog: a draft of MCP (modelcontextprotocol/experimental-ext-server-card, July 2026) whose
// names have changed before. They say the same as server.json.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isListed } from '../exchange/server-json.ts';
import { type ListedServersOptions, listedServers, type PublicRoutes } from './listed-servers.ts';

const CATALOG_PATH = '/.well-known/ai-catalog.json';
const CARD_TYPE = 'application/mcp-server-card+json';
const CARD_SCHEMA = 'https://static.modelcontextprotocol.io/schemas/v1/server-card.schema.json';

export class ServerCards implements PublicRoutes {
  readonly corsHeaders = {
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET',
    'access-control-allow-headers': 'Content-Type, If-None-Match',
  };
  readonly #options: ListedServersOptions;
  readonly #paths: ReadonlySet<string>;

  constructor(options: ListedServersOptions) {
    this.#options = options;
    const listed = options.servers.filter(({ config }) => isListed(config));
    this.#paths = new Set([CATALOG_PATH, ...listed.map(({ config }) => cardPath(config.path))]);
  }

  covers(path: string): boolean {
    return this.#paths.has(path);
  }

  mount(app: FastifyInstance): void {
    for (const path of this.#paths) {
      app.get(path, (_request: FastifyRequest, reply) =>
        path === CATALOG_PATH
          ? send(reply, 'application/ai-catalog+json', this.#catalog())
          : send(reply, CARD_TYPE, this.#card(path)),
      );
      app.options(path, (_request, reply) => reply.code(204).send());
    }
  }

  #catalog(): object {
    const entries = listedServers(this.#options).map(({ config, json }) => {
      const [{ url }] = json.remotes;
      return {
        identifier: `urn:air:${new URL(url).hostname}:mcp:${config.name}`,
        type: CARD_TYPE,
        url: cardPath(url),
      };
    });
    return { specVersion: '1.0', entries };
  }

  /** @returns undefined when nothing tells the address of the server. */
  #card(path: string): object | undefined {
    const listed = listedServers(this.#options);
    const found = listed.find(({ config }) => cardPath(config.path) === path);
    return found && { ...found.json, $schema: CARD_SCHEMA };
  }
}

/** Of the path of a server, or of its address. */
function cardPath(server: string): string {
  return `${server}/server-card`;
}

function send(reply: FastifyReply, type: string, body: object | undefined): FastifyReply {
  if (!body) return reply.code(404).send({ error: 'Server not found' });
  const headers = { 'content-type': type, 'cache-control': 'public, max-age=3600' };
  // Bytes: Fastify would add a charset to a text, which JSON does not have (RFC 8259, 11).
  return reply.headers(headers).send(Buffer.from(JSON.stringify(body)));
}
