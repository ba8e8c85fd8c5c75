// A server whose answers have many strings.

import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';

/** Each another one, with what JSON escapes and what takes two bytes. */
const textOf = (index, length) => `${index}"é\n`.padEnd(length, 'x');

export function createServer() {
  const server = new McpServer({ name: 'texts', version: '1.0.0' });
  const inputSchema = { count: z.number(), length: z.number() };
  server.registerTool('texts', { inputSchema }, ({ count, length }) => ({
    content: Array.from({ length: count }, (_, index) => ({
      type: 'text',
      text: textOf(index, length),
    })),
  }));
  return server;
}
