// A tool that never ends, and keeps what it was called with.

import { McpServer as McpServerV1 } from '@modelcontextprotocol/sdk/server/mcp.js';
import { McpServer as McpServerV2 } from '@modelcontextprotocol/server';

const kept = [];

const factoryOf = (McpServer) => () => {
  const server = new McpServer({ name: 'endless', version: '1.0.0' });
  server.registerTool(
    'hang',
    {},
    (context) => new Promise((resolve) => kept.push(context, resolve)),
  );
  return server;
};

export const createV1 = factoryOf(McpServerV1);
export const createV2 = factoryOf(McpServerV2);
