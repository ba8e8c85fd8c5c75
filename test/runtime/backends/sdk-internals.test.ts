// The installed SDKs are inside as runtime/backends/module/sdk-internals.ts says. A failing test
// means that an SDK has changed there: servers are still served, without what the entry is for
// (SDK_INTERNALS), until it is read again.

import { McpServer as McpServerV1 } from '@modelcontextprotocol/sdk/server/mcp.js';
import {
  createMcpHandler,
  McpServer as McpServerV2,
  requireScopes,
} from '@modelcontextprotocol/server';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { shakeHands } from '../../../runtime/backends/declarations.ts';
import { answerInTime, waitingUntil } from '../../../runtime/backends/internal-exchange.ts';
import { extraFor } from '../../../runtime/backends/module/caller-request.ts';
import { schemaFault } from '../../../runtime/backends/module/request-faults.ts';
import {
  askForScopes,
  bindRevision,
  type Connectable,
  handlersOf,
  hidesScopes,
  isFaultyResult,
  isUnknownResource,
  ProbedSdk,
  probeSdk,
  SDK_INTERNALS,
  sdkByMark,
  takerOf,
  unknownToolText,
  withoutValues,
} from '../../../runtime/backends/module/sdk-internals.ts';
import { recognizeServer, type SdkServer } from '../../../runtime/backends/module/sdk-server.ts';
import { MultiplexingTransport } from '../../../runtime/backends/multiplexing-transport.ts';
import type { Answer, JsonObject } from '../../../runtime/exchange/exchange.ts';

const SERVERS = { v1: McpServerV1, v2: McpServerV2 };
const SDKS = ['v1', 'v2'] as const;
type Sdk = (typeof SDKS)[number];
type Options = Record<string, unknown>;

/** The two classes, as far as this file calls them. */
interface Registering {
  registerTool(name: string, options: Options, handler: () => unknown): void;
  registerResource(name: string, uri: string, options: Options, handler: () => unknown): void;
  registerPrompt(name: string, options: Options, handler: () => unknown): void;
}

/** A server with a tool, a faulty tool and a resource, as its SDK makes it. */
function build(sdk: Sdk): McpServerV1 | McpServerV2 {
  const server = new SERVERS[sdk]({ name: sdk, version: '1' });
  const registering = server as unknown as Registering;
  registering.registerTool('good', { inputSchema: z.object({}) }, () => ({ content: [] }));
  registering.registerTool('faulty', {}, () => ({ content: 'no list' }));
  registering.registerResource('known', 'test://known', {}, () => ({ contents: [] }));
  return server;
}

interface Connected {
  readonly server: SdkServer;
  readonly transport: MultiplexingTransport;
  readonly probed: ProbedSdk;
}

async function connect(product: unknown): Promise<Connected> {
  const probed = new ProbedSdk();
  const server = recognizeServer(product, probed) as SdkServer;
  const transport = new MultiplexingTransport({ extraOf: extraFor(server), singleClient: false });
  await transport.connect(server);
  onTestFinished(() => server.close());
  return { server, transport, probed };
}

async function initialized(product: unknown): Promise<Connected> {
  const connected = await connect(product);
  await shakeHands(connected.transport, waitingUntil(new AbortController().signal));
  return connected;
}

async function ask(sdk: Sdk, method: string, params: JsonObject): Promise<Answer> {
  const { transport } = await initialized(build(sdk));
  const answer = await answerInTime(transport, { era: 'legacy', method, params });
  expect(answer, `${method} was not answered`).toBeDefined();
  return answer as Answer;
}

const errorOf = (answer: Answer): unknown => ('error' in answer ? answer.error : undefined);

describe.each(SDKS)('SDK %s', (sdk) => {
  it.each([
    ['McpServer', (server: ReturnType<typeof build>) => server],
    ['the low-level Server', (server: ReturnType<typeof build>) => server.server],
  ])('has every member that is probed, in %s', async (_what, part) => {
    const { server, transport, probed } = await initialized(part(build(sdk)));
    await probeSdk(server, transport, probed);
    expect(probed.off.map((name) => `${name}: ${SDK_INTERNALS[name]}`)).toEqual([]);
    expect(probed).toMatchObject({ takesRequests: true, sdk: undefined, warning: undefined });
    expect(sdkByMark(server.protocol)).toBe(sdk);
  });

  it('looks up its handlers in `_requestHandlers`', async () => {
    const { server } = await connect(build(sdk));
    expect([...(handlersOf(server.protocol)?.keys() ?? [])]).toContain('tools/call');
  });

  it('takes a request in `_onrequest`, and finds its handler before it returns', async () => {
    const { server } = await initialized(build(sdk));
    const handlers = handlersOf(server.protocol) as Map<string, never>;
    const asked: string[] = [];
    const { get } = handlers;
    handlers.get = (method) => {
      asked.push(method);
      return get.call(handlers, method) as never;
    };
    takerOf(server.protocol)?.({ jsonrpc: '2.0', id: 'x', method: 'ping' }, {});
    expect(asked).toEqual(['ping']);
  });

  it('blames the caller for the faulty result of a tool in the text that is known', async () => {
    const answer = await ask(sdk, 'tools/call', { name: 'faulty', arguments: {} });
    expect(errorOf(answer)).toMatchObject({ code: -32602 });
    expect(isFaultyResult(errorOf(answer))).toBe(true);
  });

  it('names a tool that it does not have in the text that is known', async () => {
    const answer = await ask(sdk, 'tools/call', { name: 'none', arguments: {} });
    expect(JSON.stringify(answer)).toContain(unknownToolText('none'));
  });
});

it('SDK v1 answers an unknown resource with -32602, no data, and the text that is known', async () => {
  const answer = await ask('v1', 'resources/read', { uri: 'test://none' });
  expect(isUnknownResource(errorOf(answer))).toBe(true);
});

it('SDK v2 answers an unknown resource with its uri in `data`, so that no text is read', async () => {
  const answer = await ask('v2', 'resources/read', { uri: 'test://none' });
  expect(errorOf(answer)).toMatchObject({ code: -32602, data: { uri: 'test://none' } });
});

it('SDK v1 throws at once, with the issues of zod, when a request does not fit its handler', async () => {
  const { server } = await connect(build('v1'));
  const handler = handlersOf(server.protocol)?.get('tools/call');
  let thrown: unknown;
  try {
    handler?.({ method: 'tools/call', params: { name: 7 } }, {});
  } catch (error) {
    thrown = error;
  }
  expect(schemaFault(thrown)).toMatchObject({ code: -32602 });
});

it('SDK v2 speaks 2026-07-28 once `_negotiatedProtocolVersion` says so', async () => {
  const { server, transport } = await connect(build('v2'));
  expect(bindRevision(server.protocol, '2026-07-28')).toBe(true);
  const answer = await answerInTime(transport, { era: 'modern', method: 'ping', params: {} });
  expect(answer && errorOf(answer)).toMatchObject({ code: -32601 });
});

const asking = { scopeChallenge: requireScopes('erase') };

it.each([
  [
    'tool',
    (server: Registering) =>
      server.registerTool('it', { inputSchema: z.object({}), ...asking }, () => ({ content: [] })),
    { method: 'tools/call', params: { name: 'it' } },
  ],
  [
    'prompt',
    (server: Registering) => server.registerPrompt('it', asking, () => ({ messages: [] })),
    { method: 'prompts/get', params: { name: 'it' } },
  ],
  [
    'resource',
    (server: Registering) =>
      server.registerResource('it', 'test://it', asking, () => ({ contents: [] })),
    { method: 'resources/read', params: { uri: 'test://it' } },
  ],
])(
  'SDK v2 tells in `resolveScopeChallenge` what its author asks for a %s, and keeps it where it is known',
  async (_what, register, call) => {
    const product = build('v2');
    register(product as unknown as Registering);
    const instance = product as unknown as Connectable;
    const request = { jsonrpc: '2.0', id: 1, ...call };
    const authInfo = { token: '', clientId: '', scopes: [] };
    expect(await askForScopes(instance, { request, authInfo })).toMatchObject({
      scopes: ['erase'],
    });
    expect(hidesScopes(instance)).toBe(false);
    instance.resolveScopeChallenge = undefined;
    expect(hidesScopes(instance)).toBe(true);
  },
);

it('SDK v2 reports a refused request in the text whose values are cut off', async () => {
  const reported: string[] = [];
  const handler = createMcpHandler(() => build('v2') as McpServerV2, {
    legacy: 'reject',
    onerror: ({ message }) => reported.push(message),
  });
  onTestFinished(() => handler.close());
  const request = new Request('http://mcp.invalid/mcp', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'mcp-method': 'tools/call',
      'mcp-name': 'secret',
      'mcp-protocol-version': '2026-07-28',
    },
  });
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const params = { name: 'other', arguments: {}, _meta };
  await handler.fetch(request, {
    parsedBody: { jsonrpc: '2.0', id: 1, method: 'tools/call', params },
  });
  expect(reported).toHaveLength(1);
  expect(withoutValues(`${reported[0]}`)).toMatch(/^Rejected inbound request \([\w-]+\)$/);
});
