// One server as a client of the official SDK sees it: connect, ask, and say in one line what went
// wrong.

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  type CallToolResult,
  CallToolResultSchema,
  type GetPromptResult,
  GetPromptResultSchema,
  ListPromptsResultSchema,
  ListResourcesResultSchema,
  ListResourceTemplatesResultSchema,
  ListToolsResultSchema,
  type Prompt,
  type ReadResourceResult,
  ReadResourceResultSchema,
  type Resource,
  type ResourceTemplate,
  type Tool,
} from '@modelcontextprotocol/sdk/types.js';
import { explainCallFailure } from './call-failure.ts';
import type { Endpoint } from './endpoint.ts';
import { type Listener, registerListener } from './listener.ts';

export interface Visit extends Listener {
  readonly signal: AbortSignal;
  /** Longest wait for an answer. Each progress notification restarts it. */
  readonly timeoutMs: number;
}

const CLIENT_INFO = { name: 'mcp-host', version: '1' };
/** Lists of servers that never end. */
const MAX_PAGES = 1_000;

interface Page {
  readonly nextCursor?: string | undefined;
}

/** What a connected server can be asked for. */
export class ServerConnection {
  readonly #client: Client;
  readonly #visit: Visit;

  constructor(client: Client, visit: Visit) {
    this.#client = client;
    this.#visit = visit;
  }

  async tools(): Promise<Tool[]> {
    if (this.#client.getServerCapabilities()?.tools === undefined) return [];
    const pages = await this.#pages((params) =>
      this.#client.request(
        { method: 'tools/list', params },
        ListToolsResultSchema,
        this.#options(),
      ),
    );
    return pages.flatMap(({ tools }) => tools);
  }

  async resources(): Promise<Resource[]> {
    if (this.#client.getServerCapabilities()?.resources === undefined) return [];
    const pages = await this.#pages((params) =>
      this.#client.request(
        { method: 'resources/list', params },
        ListResourcesResultSchema,
        this.#options(),
      ),
    );
    return pages.flatMap(({ resources }) => resources);
  }

  async resourceTemplates(): Promise<ResourceTemplate[]> {
    if (this.#client.getServerCapabilities()?.resources === undefined) return [];
    const pages = await this.#pages((params) =>
      this.#client.request(
        { method: 'resources/templates/list', params },
        ListResourceTemplatesResultSchema,
        this.#options(),
      ),
    );
    return pages.flatMap(({ resourceTemplates }) => resourceTemplates);
  }

  async prompts(): Promise<Prompt[]> {
    if (this.#client.getServerCapabilities()?.prompts === undefined) return [];
    const pages = await this.#pages((params) =>
      this.#client.request(
        { method: 'prompts/list', params },
        ListPromptsResultSchema,
        this.#options(),
      ),
    );
    return pages.flatMap(({ prompts }) => prompts);
  }

  /** The result as it came: whether it fits the tool's own schema is not our business. */
  callTool(name: string, args: Record<string, unknown>): Promise<CallToolResult> {
    return this.#client.request(
      { method: 'tools/call', params: { name, arguments: args } },
      CallToolResultSchema,
      this.#options(),
    );
  }

  readResource(uri: string): Promise<ReadResourceResult> {
    const request = { method: 'resources/read', params: { uri } } as const;
    return this.#client.request(request, ReadResourceResultSchema, this.#options());
  }

  getPrompt(name: string, args: Record<string, string>): Promise<GetPromptResult> {
    const request = { method: 'prompts/get', params: { name, arguments: args } } as const;
    return this.#client.request(request, GetPromptResultSchema, this.#options());
  }

  async #pages<One extends Page>(read: (params: { cursor?: string }) => Promise<One>) {
    const pages: One[] = [];
    let cursor: string | undefined;
    do {
      const page = await read(cursor === undefined ? {} : { cursor });
      pages.push(page);
      if (pages.length > MAX_PAGES) throw new Error(`its list has more than ${MAX_PAGES} pages`);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    return pages;
  }

  #options() {
    const { signal, timeoutMs, onProgress } = this.#visit;
    return { signal, timeout: timeoutMs, resetTimeoutOnProgress: true, onprogress: onProgress };
  }
}

/**
 * Connects to a server, hands it over, and closes the connection.
 * @throws Error that says in one line what is wrong, or the reason of the visit's signal
 */
export async function withServer<Result>(
  endpoint: Endpoint,
  visit: Visit,
  use: (connection: ServerConnection) => Promise<Result>,
): Promise<Result> {
  const { signal, timeoutMs } = visit;
  const client = new Client(CLIENT_INFO, {
    capabilities: { elicitation: { form: {}, url: {} }, roots: {} },
  });
  registerListener(client, visit);
  const transport = new StreamableHTTPClientTransport(new URL(endpoint.url), {
    requestInit: { headers: { ...endpoint.headers } },
  });
  try {
    signal.throwIfAborted();
    // The SDK's own class is looser than the interface that it implements.
    await client.connect(transport as Parameters<Client['connect']>[0], {
      signal,
      timeout: timeoutMs,
    });
    return await use(new ServerConnection(client, visit));
  } catch (error) {
    signal.throwIfAborted();
    throw explainCallFailure(error, endpoint, timeoutMs);
  } finally {
    await client.close();
  }
}
