// Every way in which a module server is served (SDK line, instance mode, era), so that one table
// tests them all.

import type { EventEmitter } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { type PostAnswer, post } from '../../post.ts';

export interface Serving {
  readonly name: string;
  readonly server: string;
  readonly era: 'legacy' | 'modern';
  readonly sdk: 'v1' | 'v2';
  readonly instance: 'shared' | 'per-request';
}

/** `servers.yaml` of all servings; `settings` are further defaults, in YAML's flow style. */
export function servingsYaml(settings = ''): string {
  return `
defaults: { auth: anonymous${settings && `, ${settings}`} }
servers:
  v1-shared: { module: ./fault-v1.mjs, instance: shared }
  v1-fresh: { module: ./fault-v1.mjs }
  v2-shared: { module: ./fault-v2.mjs, instance: shared }
  v2-fresh: { module: ./fault-v2.mjs }
`;
}

export const SERVINGS: readonly Serving[] = [
  serving('v1-shared', 'legacy'),
  serving('v1-shared', 'modern'),
  serving('v1-fresh', 'legacy'),
  serving('v1-fresh', 'modern'),
  serving('v2-shared', 'legacy'),
  serving('v2-shared', 'modern'),
  serving('v2-fresh', 'legacy'),
  serving('v2-fresh', 'modern'),
];

function serving(server: string, era: Serving['era']): Serving {
  const [sdk, mode] = server.split('-') as ['v1' | 'v2', string];
  const instance = mode === 'shared' ? 'shared' : 'per-request';
  return { name: `${sdk} ${instance} ${era}`, server, era, sdk, instance };
}

/** A JSON-RPC request as a client of the serving's era sends it. */
function requestFor(serving: Serving, method: string, params: Record<string, unknown> = {}) {
  if (serving.era === 'legacy') {
    return { message: { jsonrpc: '2.0', id: 1, method, params }, headers: {} };
  }
  const _meta = {
    progressToken: 0,
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const name = params.name ?? params.uri;
  return {
    message: { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } },
    headers: {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(typeof name === 'string' && { 'mcp-name': name }),
    } as Record<string, string>,
  };
}

/** Sends one request to the serving and reads its answer. */
export async function send(
  url: string,
  serving: Serving,
  method: string,
  params?: Record<string, unknown>,
  extraHeaders: Record<string, string> = {},
  query = '',
): Promise<PostAnswer> {
  const { message, headers } = requestFor(serving, method, params);
  return post(`${url}/${serving.server}/mcp${query}`, message, { ...headers, ...extraHeaders });
}

/** Calls a tool of the serving. */
export function callTool(
  url: string,
  serving: Serving,
  name: string,
  args: object = {},
  headers?: Record<string, string>,
  query?: string,
): Promise<PostAnswer> {
  return send(url, serving, 'tools/call', { name, arguments: args }, headers, query);
}

/** A call whose client can hang up while it is being answered. */
export interface OpenCall {
  /** The head of the answer; with an event stream that is long before its end. */
  readonly head: Promise<IncomingMessage>;
  /** Cuts the connection. */
  hangUp(): void;
}

/** Calls a tool and leaves the answer to the test. */
export function startCall(
  url: string,
  serving: Serving,
  name: string,
  args: object = {},
): OpenCall {
  const { message, headers } = requestFor(serving, 'tools/call', { name, arguments: args });
  const outgoing = request(`${url}/${serving.server}/mcp`, {
    method: 'POST',
    agent: new Agent(),
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
  });
  const head = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', (incoming) => {
      incoming.on('error', () => {}); // The cut connection, seen from the client's side.
      resolve(incoming);
    });
    outgoing.once('error', reject);
  });
  head.catch(() => {});
  outgoing.end(JSON.stringify(message));
  return { head, hangUp: () => outgoing.destroy() };
}

/** Of one server, as its operator sees it in /readyz. */
export interface ServerDetail {
  readonly name: string;
  readonly inFlight: number;
  readonly abandonedHandlers: number;
}

/** What /readyz says of one server. */
export async function detailOf(url: string, server: string): Promise<ServerDetail> {
  const response = await fetch(`${url}/readyz`);
  const { servers } = (await response.json()) as { servers: ServerDetail[] };
  return servers.find(({ name }) => name === server) as ServerDetail;
}

/** Counts what the fixtures tell from now on, until the test ends. */
export function countEvents(
  events: EventEmitter,
  names: readonly string[],
): Record<string, number> {
  const counts = Object.fromEntries(names.map((name) => [name, 0]));
  for (const name of names) {
    const count = (): void => {
      counts[name] = (counts[name] ?? 0) + 1;
    };
    events.on(name, count);
    onTestFinished(() => void events.off(name, count));
  }
  return counts;
}

/** Asserts that every serving answers, which is what a fault of one must not change. */
export async function expectAllServing(url: string): Promise<void> {
  const answers = await Promise.all(
    SERVINGS.map((each) => callTool(url, each, 'echo', { text: 'up' })),
  );
  expect(answers.map(({ text }) => text)).toEqual(SERVINGS.map(() => 'up'));
}

interface Behaviors {
  readonly events: EventEmitter;
  readonly factory: {
    fails: boolean;
    failsForAll: boolean;
    waitsFor: Promise<unknown> | undefined;
  };
}

/** The fixtures' side of the test: what happened inside, and the switches. */
export async function behaviors(): Promise<Behaviors> {
  const file = join(import.meta.dirname, '../../../fixtures/servers/fault-behaviors.mjs');
  return import(pathToFileURL(file).href);
}
