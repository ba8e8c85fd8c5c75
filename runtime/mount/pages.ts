// Serves web pages when a browser opens the address of a server or `/`. The code of the pages is
// loaded with the first one.

import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Environment } from '../../config/env.ts';
import type { HostConfig } from '../../config/schema.ts';
import { isOperator } from '../exchange/operator.ts';
import { isOnList, type Page, type PageContent, pageViewOf, wantsPage } from '../exchange/page.ts';
import type { MountedServer } from './mounted-server.ts';
import { countHeader, createHostCheck } from './origin.ts';

export type RenderPage = (content: PageContent) => Page;

export interface PagesOptions {
  readonly servers: readonly MountedServer[];
  readonly host: HostConfig;
  readonly environment: Environment;
  /** Where this process is on its own machine. */
  readonly ownUrl: () => string;
  /** Where clients elsewhere find it; undefined when nothing tells. */
  readonly publicUrl: (() => string) | undefined;
  readonly load: () => Promise<RenderPage>;
}

export class Pages {
  readonly #options: PagesOptions;
  readonly #isHostAllowed: (host: string) => boolean;
  readonly #byPath: ReadonlyMap<string, MountedServer>;

  constructor(options: PagesOptions) {
    this.#options = options;
    this.#isHostAllowed = createHostCheck(options.host, options.environment);
    this.#byPath = new Map(
      options.servers.flatMap((server) => [
        [server.config.path, server],
        [`${server.config.path}/`, server],
      ]),
    );
  }

  /** Whether this request gets a page. The probe and all other requests pay for a comparison. */
  isAsked(raw: IncomingMessage, path: string): boolean {
    return this.#contentOf(raw, path) !== undefined;
  }

  /** @returns undefined when this request gets no page. */
  answer({ raw }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> | undefined {
    const [path = ''] = (raw.url as string).split('?', 1);
    const content = this.#contentOf(raw, path);
    return content && this.#send(content, reply);
  }

  /**
   * Registers GET for the paths of all servers: each route costs the start. The guard lets only
   * those through that get a page.
   */
  mount(app: FastifyInstance): void {
    app.get('*', (request, reply) => this.answer(request, reply));
  }

  async #send(content: PageContent, reply: FastifyReply): Promise<FastifyReply> {
    const render = await this.#options.load();
    const { headers, body } = render(content);
    return reply.headers(headers).send(body);
  }

  #contentOf(raw: IncomingMessage, path: string): PageContent | undefined {
    if (raw.method !== 'GET' && raw.method !== 'HEAD') return undefined;
    if (!wantsPage(raw.headers.accept)) return undefined;
    const one = this.#byPath.get(path);
    if (!one && path !== '/') return undefined;
    // A page that was led here by another name (DNS rebinding) could read it.
    if (countHeader(raw.rawHeaders, 'host') !== 1) return undefined;
    if (!this.#isHostAllowed(raw.headers.host as string)) return undefined;
    const { servers, ownUrl, publicUrl } = this.#options;
    const isLocal = this.#isLocal(raw);
    const baseUrl = isLocal ? ownUrl() : publicUrl?.();
    if (baseUrl === undefined) return undefined;
    const listed = servers.filter(({ config }) => isOnList(config, isLocal));
    const shown = (one ? [one] : listed).flatMap((server) => {
      const view = pageViewOf(server.config, isLocal);
      return view ? [{ server, view }] : [];
    });
    return shown.length > 0
      ? { servers: shown, isOfOne: one !== undefined, baseUrl, isLocal }
      : undefined;
  }

  /** Under `func start` the Functions host is in front, on the machine of a developer. */
  #isLocal(raw: IncomingMessage): boolean {
    const { underCoreTools, behindFunctionsHost } = this.#options.environment;
    return underCoreTools || (!behindFunctionsHost && isOperator(raw));
  }
}
