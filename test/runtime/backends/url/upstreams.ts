// MCP servers on loopback that a host reaches by `url`: both official SDKs, with a record of what
// they were sent.

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpServer as McpServerV1 } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { createMcpHandler, McpServer as McpServerV2 } from '@modelcontextprotocol/server';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { startHost, type TestHost } from '../../start-host.ts';

/** One request as the upstream got it. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly rawHeaders: readonly string[];
  readonly body: {
    readonly id?: unknown;
    readonly method?: string;
    readonly params?: Record<string, unknown> & { readonly _meta?: Record<string, unknown> };
    readonly result?: unknown;
    readonly error?: { readonly code: number };
  };
}

export interface Upstream {
  readonly url: string;
  readonly port: number;
  readonly received: Received[];
  /** Requests that carried this MCP method. */
  of(method: string): Received[];
  /** What handlers of the tools have noticed. */
  readonly seen: Seen;
  /** Forgets all sessions. */
  forget(): void;
  close(): Promise<void>;
}

export interface Seen {
  waiting: number;
  aborted: number;
  builds: number;
}

export type Handle = (
  request: IncomingMessage,
  response: ServerResponse,
  body: Received['body'],
) => unknown;

export const KINDS = ['v1 stateful', 'v1 stateless', 'v1 json', 'v2'] as const;
export type UpstreamKind = (typeof KINDS)[number];

/** A server of one test, written by hand. */
export async function serve(
  handle: Handle,
  further: Partial<Pick<Upstream, 'seen' | 'forget'>> = {},
  port = 0,
): Promise<Upstream> {
  const received: Received[] = [];
  const server: Server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const body = text === '' ? {} : JSON.parse(text);
      const { method = '', url = '', headers, rawHeaders } = request;
      received.push({ method, path: url, headers, rawHeaders, body });
      handle(request, response, body);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  onTestFinished(close);
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${bound}/mcp`,
    port: bound,
    received,
    of: (method) => received.filter(({ body }) => body.method === method),
    seen: { waiting: 0, aborted: 0, builds: 0 },
    forget: () => {},
    close,
    ...further,
  };
}

/** @param build makes the server in place of the one with the tools below. */
export function startUpstream(
  kind: UpstreamKind,
  build?: () => McpServerV1 | McpServerV2,
  port?: number,
): Promise<Upstream> {
  const seen: Seen = { waiting: 0, aborted: 0, builds: 0 };
  if (kind === 'v2') return startV2((build as () => McpServerV2) ?? (() => toolsV2(seen)), seen);
  const make = (build as () => McpServerV1) ?? (() => toolsV1(seen));
  return startV1(kind, make, seen, port);
}

/** A host whose server `up` is the upstream. @param settings further keys of the entry. */
export function hostOf(
  { url }: Pick<Upstream, 'url'>,
  settings = '',
  environment: Parameters<typeof startHost>[0]['environment'] = {},
): Promise<TestHost> {
  return startHost({
    listen: true,
    environment,
    yaml: `
defaults: { auth: anonymous }
servers:
  up: { url: "${url}"${settings && `, ${settings}`} }
`,
  });
}

async function startV1(
  kind: UpstreamKind,
  build: () => McpServerV1,
  seen: Seen,
  port?: number,
): Promise<Upstream> {
  const transports = new Map<string, StreamableHTTPServerTransport>();
  const open = async (): Promise<StreamableHTTPServerTransport> => {
    seen.builds += 1;
    const transport = new StreamableHTTPServerTransport({
      ...(kind === 'v1 stateful' && { sessionIdGenerator: () => randomUUID() }),
      enableJsonResponse: kind === 'v1 json',
      onsessioninitialized: (id) => void transports.set(id, transport),
      onsessionclosed: (id) => void transports.delete(id),
    });
    await build().connect(transport as Transport);
    return transport;
  };
  return serve(
    async (request, response, body) => {
      const id = request.headers['mcp-session-id'];
      if (kind !== 'v1 stateful') {
        if (request.method !== 'POST') response.writeHead(405).end();
        else await (await open()).handleRequest(request, response, body);
        return;
      }
      const transport = typeof id === 'string' ? transports.get(id) : await open();
      if (transport) await transport.handleRequest(request, response, body);
      else response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
    },
    { seen, forget: () => transports.clear() },
    port,
  );
}

function startV2(build: () => McpServerV2, seen: Seen): Promise<Upstream> {
  const handler = createMcpHandler(async () => {
    seen.builds += 1;
    return build();
  });
  onTestFinished(() => handler.close());
  return serve(
    async (request, response, body) => {
      const gone = new AbortController();
      response.on('close', () => gone.abort());
      const answer = await handler.fetch(
        new Request(`http://127.0.0.1${request.url}`, {
          method: request.method as string,
          headers: request.headers as Record<string, string>,
          signal: gone.signal,
          ...(request.method === 'POST' && { body: JSON.stringify(body) }),
        }),
      );
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      try {
        for await (const chunk of answer.body ?? []) response.write(chunk);
      } catch {
        // The client left.
      }
      response.end();
    },
    { seen },
  );
}

const text = (value: unknown) => ({ content: [{ type: 'text' as const, text: String(value) }] });
const echoed = z.object({ text: z.string() });

/** A server that counts its calls, so that it tells whether it was made for one client. */
function toolsV1(seen: Seen): McpServerV1 {
  const server = new McpServerV1(
    { name: 'up-v1', version: '1.0.0' },
    { capabilities: { logging: {} }, instructions: 'Ask me.' },
  );
  let calls = 0;
  server.registerTool('echo', { inputSchema: echoed.shape }, (args) => text(args.text));
  server.registerTool('count', {}, () => text(++calls));
  server.registerTool('capabilities', {}, () =>
    text(JSON.stringify(server.server.getClientCapabilities())),
  );
  server.registerTool('steps', {}, async ({ _meta, sendNotification }) => {
    for (const progress of [1, 2]) {
      const params = { progressToken: _meta?.progressToken ?? 'none', progress };
      await sendNotification({ method: 'notifications/progress', params });
    }
    return text('done');
  });
  server.registerTool('ask', {}, async ({ requestId }) => {
    const { action, content } = await server.server.elicitInput(
      {
        message: 'Your name?',
        requestedSchema: { type: 'object', properties: { name: { type: 'string' } } },
      },
      { relatedRequestId: requestId },
    );
    return text(`${action} ${content?.name}`);
  });
  server.registerTool('wait', {}, ({ signal }) => wait(signal, seen));
  return server;
}

function toolsV2(seen: Seen): McpServerV2 {
  const server = new McpServerV2(
    { name: 'up-v2', version: '1.0.0' },
    { capabilities: { logging: {} }, instructions: 'Ask me.' },
  );
  server.registerTool('echo', { inputSchema: echoed }, (args) => text(args.text));
  const marked = (name: string, type: string) =>
    z.any().optional().meta({ type, 'x-mcp-header': name });
  server.registerTool(
    'marked',
    { inputSchema: z.object({ city: marked('City', 'string'), days: marked('Days', 'integer') }) },
    (args) => text(JSON.stringify(args)),
  );
  server.registerTool('steps', {}, async ({ mcpReq }) => {
    for (const progress of [1, 2]) {
      const params = { progressToken: mcpReq._meta?.progressToken ?? 'none', progress };
      await mcpReq.notify({ method: 'notifications/progress', params });
    }
    return text('done');
  });
  server.registerTool('wait', {}, ({ mcpReq }) => wait(mcpReq.signal, seen));
  return server;
}

function wait(signal: AbortSignal, seen: Seen): Promise<never> {
  seen.waiting += 1;
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      seen.aborted += 1;
      reject(new Error('aborted'));
    });
  });
}
