// Members of combinations on both SDKs, with what the tests switch and see of each by its name.

import { completable as completableV1 } from '@modelcontextprotocol/sdk/server/completable.js';
import {
  McpServer as McpServerV1,
  ResourceTemplate as TemplateV1,
} from '@modelcontextprotocol/sdk/server/mcp.js';
import {
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListToolsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import {
  completable as completableV2,
  McpServer as McpServerV2,
  ResourceTemplate as TemplateV2,
} from '@modelcontextprotocol/server';
import { z } from 'zod';

/** By name of the server: what it was asked, and what the tests switch. */
export const members = new Map();

export function memberOf(name) {
  const fresh = {
    reads: [],
    calls: 0,
    headers: [],
    failure: undefined,
    servers: [],
    pages: undefined,
  };
  if (!members.has(name)) members.set(name, fresh);
  return members.get(name);
}

const text = (value) => ({ content: [{ type: 'text', text: String(value) }] });
const LISTS = {
  'tools/list': ListToolsRequestSchema,
  'prompts/list': ListPromptsRequestSchema,
  'resources/list': ListResourcesRequestSchema,
};

const SDKS = {
  v1: {
    McpServer: McpServerV1,
    ResourceTemplate: TemplateV1,
    completable: completableV1,
    headersOf: (extra) => extra.requestInfo?.headers ?? {},
    signalOf: (extra) => extra.signal,
    schemaOf: (method) => LISTS[method],
  },
  v2: {
    McpServer: McpServerV2,
    ResourceTemplate: TemplateV2,
    completable: completableV2,
    headersOf: (ctx) => Object.fromEntries(ctx.http?.req?.headers ?? []),
    signalOf: (ctx) => ctx.mcpReq.signal,
    schemaOf: (method) => method,
  },
};

function build(sdk, name) {
  const it = memberOf(name);
  if (it.failure) throw it.failure;
  const { McpServer, headersOf, signalOf, schemaOf } = SDKS[sdk];
  const server = new McpServer(
    { name: `own-${name}`, version: '9.9.9' },
    { capabilities: { logging: {} }, instructions: `I am ${name}.` },
  );
  server.registerTool('who', {}, (context) => {
    it.calls += 1;
    it.headers.push(headersOf(context));
    return text(name);
  });
  server.registerTool('wait', {}, async (context) => {
    const signal = signalOf(context);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    it.aborted = (it.aborted ?? 0) + 1;
    return text('too late');
  });
  registerPrompts(server, sdk, name);
  registerResources(server, sdk, name, it);
  if (it.pages) {
    for (const [method, pages] of Object.entries(it.pages)) {
      const answer = ({ params }) => pages(params?.cursor);
      server.server.setRequestHandler(schemaOf(method), answer);
    }
  }
  it.servers.push(server);
  return server;
}

function registerPrompts(server, sdk, name) {
  const { completable } = SDKS[sdk];
  const schema = { topic: completable(z.string(), (value) => [`${value}-${name}`]) };
  const argsSchema = sdk === 'v1' ? schema : z.object(schema);
  server.registerPrompt('greet', { argsSchema }, ({ topic }) => ({
    messages: [{ role: 'user', content: { type: 'text', text: `${name} ${topic}` } }],
  }));
}

function registerResources(server, sdk, name, it) {
  const { ResourceTemplate } = SDKS[sdk];
  const read = (uri) => {
    it.reads.push(uri.href);
    return { contents: [{ uri: uri.href, text: name }] };
  };
  server.registerResource('own', `${name}://own`, {}, read);
  server.registerResource('both', 'both://same', {}, read);
  const complete = { id: (value) => [`${value}-${name}`] };
  const template = new ResourceTemplate(`${name}://item/{id}`, { list: undefined, complete });
  server.registerResource('item', template, {}, read);
}

export const createOne = () => build('v1', 'one');
/** Starts when `hold` is over. */
export async function createTwo() {
  await memberOf('two').hold;
  return build('v2', 'two');
}

/** A server that offers tools and nothing else. */
export function createPlain() {
  const server = new McpServerV1({ name: 'plain', version: '1.0.0' });
  server.registerTool('who', {}, () => text('plain'));
  return server;
}
