// An SDK v1 server with what the tests of both eras look at: marked arguments, logs, own metadata,
// errors of every kind and lists that change.

import { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js';
import { McpError, SubscribeRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';

/** What the tests observe from outside. */
export const seen = { builds: 0, listed: 0, aborted: 0 };

/** What the tests do to lists: they hold them up, and give them hints of their own. */
export const lists = { hold: undefined, hints: {} };

const text = (value) => ({ content: [{ type: 'text', text: value }] });
const marked = (type, name) => z.any().optional().meta({ type, 'x-mcp-header': name });

export function createServer() {
  seen.builds += 1;
  const server = new McpServer(
    { name: 'era-v1', version: '1.0.0', title: 'Era' },
    {
      capabilities: { logging: {}, resources: { subscribe: true } },
      instructions: 'Both eras.',
    },
  );
  registerTools(server);
  registerChanges(server);
  registerPromptsAndResources(server);
  countLists(server.server);
  return server;
}

/** A server that offers tools and nothing else. */
export function createToolsOnly() {
  const server = new McpServer({ name: 'tools-only', version: '1.0.0' });
  server.registerTool('echo', { inputSchema: { text: z.string() } }, (args) => text(args.text));
  return server;
}

function registerTools(server) {
  server.registerTool('echo', { inputSchema: { text: z.string() } }, (args) => text(args.text));
  const schema = {
    city: marked('string', 'City'),
    days: marked('integer', 'Days'),
    metric: marked('boolean', 'Metric'),
    place: z.object({ country: marked('string', 'Country') }).optional(),
  };
  server.registerTool('forecast', { inputSchema: schema }, (args) => text(JSON.stringify(args)));
  server.registerTool('own-meta', {}, () => ({ ...text('own'), _meta: { 'com.example/own': 1 } }));
  server.registerTool('log', {}, async (extra) => {
    for (const level of ['debug', 'info', 'warning', 'error']) {
      await extra.sendNotification({
        method: 'notifications/message',
        params: { level, data: level },
      });
    }
    return text('logged');
  });
  server.registerTool('wait', {}, async (extra) => {
    const params = { progressToken: extra._meta?.progressToken ?? 0, progress: 1 };
    await extra.sendNotification({ method: 'notifications/progress', params });
    await new Promise((resolve) => extra.signal.addEventListener('abort', resolve));
    seen.aborted += 1;
    return text('too late');
  });
}

function registerChanges(server) {
  const changes = {
    tools: () => server.sendToolListChanged(),
    prompts: () => server.sendPromptListChanged(),
    resources: () => server.sendResourceListChanged(),
    static: () => server.server.sendResourceUpdated({ uri: 'test://static' }),
    other: () => server.server.sendResourceUpdated({ uri: 'test://other' }),
    log: () => server.sendLoggingMessage({ level: 'error', data: 'to nobody' }),
  };
  const schema = { what: z.array(z.string()) };
  server.registerTool('change', { inputSchema: schema }, async ({ what }) => {
    for (const name of what) await changes[name]();
    return text('changed');
  });
}

function registerPromptsAndResources(server) {
  server.registerPrompt('fail', { argsSchema: { code: z.string() } }, ({ code }) => {
    throw new McpError(Number(code), 'as thrown');
  });
  server.registerResource('static', 'test://static', {}, (uri) => ({
    contents: [{ uri: uri.href, text: 'static' }],
  }));
  const template = new ResourceTemplate('test://code/{code}', { list: undefined });
  server.registerResource('code', template, {}, (_uri, { code }) => {
    throw new McpError(Number(code), 'as thrown');
  });
  server.server.setRequestHandler(SubscribeRequestSchema, () => ({}));
}

/** Counts how often a list is really made. */
function countLists({ _requestHandlers: handlers }) {
  for (const [method, handler] of [...handlers]) {
    if (!method.endsWith('/list')) continue;
    handlers.set(method, async (...values) => {
      seen.listed += 1;
      const result = await handler(...values);
      await lists.hold;
      return { ...result, ...lists.hints };
    });
  }
}
