// Servers of both SDKs that fail, recover and change as a test wants.

import { McpServer as McpServerV1 } from '@modelcontextprotocol/sdk/server/mcp.js';
import { ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { McpServer as McpServerV2 } from '@modelcontextprotocol/server';
import { z } from 'zod';

/** What the tests switch, by SDK. */
export const moods = {
  v1: { failure: undefined, failsAt: 0, listing: undefined, builds: 0, calls: 0, servers: [] },
  v2: { failure: undefined, failsAt: 0, listing: undefined, builds: 0, calls: 0, servers: [] },
};

const text = (value) => ({ content: [{ type: 'text', text: value }] });

const SDKS = {
  v1: {
    McpServer: McpServerV1,
    onList: (server, handler) => server.server.setRequestHandler(ListToolsRequestSchema, handler),
    onInitialized: (server, work) => {
      server.server.oninitialized = work;
    },
  },
  v2: {
    McpServer: McpServerV2,
    onList: (server, handler) => server.server.setRequestHandler('tools/list', handler),
    onInitialized: (server, work) => {
      server.server.oninitialized = work;
    },
  },
};

const factoryOf = (sdk) => () => {
  const mood = moods[sdk];
  const { McpServer, onList, onInitialized } = SDKS[sdk];
  mood.builds += 1;
  if (mood.failure) throw mood.failure;
  if (mood.builds === mood.failsAt) throw new Error('connection lost');
  const server = new McpServer({ name: `moody-${sdk}`, version: '1.0.0' });
  server.registerTool('echo', { inputSchema: z.object({ text: z.string() }) }, (args) => {
    mood.calls += 1;
    return text(args.text);
  });
  // Registered by the handshake, when the factory has long returned.
  onInitialized(server, () => {
    server.registerTool('throws-undefined', {}, () => {
      throw undefined;
    });
  });
  if (mood.listing) onList(server, mood.listing);
  mood.servers.push(server);
  return server;
};

export const createV1 = factoryOf('v1');
export const createV2 = factoryOf('v2');

/** A tool whose argument is repeated in a header. */
export function addMarkedTool(sdk) {
  const inputSchema = z.object({ city: z.string().meta({ 'x-mcp-header': 'City' }) });
  for (const server of moods[sdk].servers) {
    server.registerTool('marked', { inputSchema }, ({ city }) => text(city));
  }
}
