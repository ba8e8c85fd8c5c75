// Servers whose tools have names that no header can carry.

import { McpServer as McpServerV1 } from '@modelcontextprotocol/sdk/server/mcp.js';
import { McpServer as McpServerV2 } from '@modelcontextprotocol/server';

const factoryOf = (McpServer) => () => {
  const server = new McpServer({ name: 'own-names', version: '1.0.0' });
  for (const name of ['größe', '大小', '=?size']) {
    server.registerTool(name, {}, () => ({ content: [{ type: 'text', text: name }] }));
  }
  return server;
};

export const createV1 = factoryOf(McpServerV1);
export const createV2 = factoryOf(McpServerV2);
