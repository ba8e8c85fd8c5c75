// The official clients behind one face: SDK v1, and SDK v2 in each way of choosing the era.

import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport as AnyTransportV1 } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { onTestFinished } from 'vitest';

export const CLIENTS = ['v1', 'v2 legacy', 'v2 auto', 'v2 pinned'] as const;
export type ClientKind = (typeof CLIENTS)[number];

export const isModern = (kind: ClientKind): boolean => kind === 'v2 auto' || kind === 'v2 pinned';

/** What a client answers when it is asked, by method. */
export type Answers = Readonly<
  Partial<Record<QuestionMethod, (params: Record<string, unknown>) => object | Promise<object>>>
>;
export type QuestionMethod = 'elicitation/create' | 'sampling/createMessage' | 'roots/list';

export interface ConnectOptions {
  readonly capabilities?: object;
  readonly answers?: Answers;
  /** Told which lists changed (v2). */
  readonly onToolsChanged?: () => void;
  readonly headers?: Readonly<Record<string, string>>;
  /** Stands between the client and the network. */
  readonly fetch?: typeof fetch;
}

export interface CallOptions {
  readonly onProgress?: (progress: number) => void;
  readonly signal?: AbortSignal;
}

/** A result as both clients give it. */
export interface ToolResult {
  readonly text: string | undefined;
  readonly isError: boolean;
}

export interface TestClient {
  readonly client: ClientV1 | ClientV2;
  callTool(
    name: string,
    args?: Record<string, unknown>,
    options?: CallOptions,
  ): Promise<ToolResult>;
}

/** Connects a client that is closed when the test ends. */
export async function connectClient(
  kind: ClientKind,
  url: string,
  options: ConnectOptions = {},
): Promise<TestClient> {
  const connected =
    kind === 'v1' ? await connectV1(url, options) : await connectV2(kind, url, options);
  onTestFinished(() => connected.client.close());
  return connected;
}

const INFO = { name: 'test-client', version: '1.0.0' };

const transportOptions = ({ headers = {}, fetch }: ConnectOptions) => ({
  requestInit: { headers: { ...headers } },
  ...(fetch && { fetch }),
});

const SCHEMAS = {
  'elicitation/create': ElicitRequestSchema,
  'sampling/createMessage': CreateMessageRequestSchema,
  'roots/list': ListRootsRequestSchema,
} as const;

async function connectV1(url: string, options: ConnectOptions): Promise<TestClient> {
  const client = new ClientV1(INFO, { capabilities: options.capabilities ?? {} });
  for (const [method, answer] of Object.entries(options.answers ?? {})) {
    const schema = SCHEMAS[method as QuestionMethod] as typeof ElicitRequestSchema;
    client.setRequestHandler(
      schema,
      async ({ params }) => (await answer(params)) as { action: 'cancel' },
    );
  }
  // The SDK's own types disagree under `exactOptionalPropertyTypes`.
  await client.connect(new TransportV1(new URL(url), transportOptions(options)) as AnyTransportV1);
  return {
    client,
    callTool: async (name, args = {}, { onProgress, signal } = {}) =>
      toolResult(
        await client.callTool({ name, arguments: args }, undefined, {
          ...(onProgress && { onprogress: ({ progress }) => onProgress(progress) }),
          ...(signal && { signal }),
        }),
      ),
  };
}

const MODES = {
  'v2 legacy': 'legacy',
  'v2 auto': 'auto',
  'v2 pinned': { pin: '2026-07-28' },
} as const;

async function connectV2(
  kind: keyof typeof MODES,
  url: string,
  options: ConnectOptions,
): Promise<TestClient> {
  const { onToolsChanged } = options;
  const client = new ClientV2(INFO, {
    capabilities: options.capabilities ?? {},
    versionNegotiation: { mode: MODES[kind] },
    ...(onToolsChanged && { listChanged: { tools: { onChanged: onToolsChanged, debounceMs: 0 } } }),
  });
  for (const [method, answer] of Object.entries(options.answers ?? {})) {
    client.setRequestHandler(
      method as 'elicitation/create',
      async ({ params }) => (await answer(params)) as { action: 'cancel' },
    );
  }
  await client.connect(new TransportV2(new URL(url), transportOptions(options)));
  return {
    client,
    callTool: async (name, args = {}, { onProgress, signal } = {}) =>
      toolResult(
        await client.callTool(
          { name, arguments: args },
          {
            ...(onProgress && { onprogress: ({ progress }) => onProgress(progress) }),
            ...(signal && { signal }),
          },
        ),
      ),
  };
}

function toolResult(result: object): ToolResult {
  const { content = [], isError } = result as { content?: { text?: string }[]; isError?: boolean };
  return { text: content[0]?.text, isError: isError === true };
}
