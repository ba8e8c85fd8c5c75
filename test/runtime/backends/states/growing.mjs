// Servers whose tools grow while others look.

import { setImmediate as turn } from 'node:timers/promises';
import { McpServer as McpServerV1 } from '@modelcontextprotocol/sdk/server/mcp.js';
import { ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { McpServer as McpServerV2 } from '@modelcontextprotocol/server';
import { z } from 'zod';

const text = (value) => ({ content: [{ type: 'text', text: value }] });

/** Its tool adds another one to the instance that runs it. */
export function createByCall() {
  const server = new McpServerV2({ name: 'by-call', version: '1.0.0' });
  server.registerTool('add', {}, () => {
    const inputSchema = z.object({ city: z.string().meta({ 'x-mcp-header': 'City' }) });
    server.registerTool('marked', { inputSchema }, ({ city }) => text(city));
    return text('added');
  });
  return server;
}

let first;
let markListing;

/** The first server gets a tool while the second one is built, and takes its time to list it. */
export async function createByBuild() {
  const server = new McpServerV1({ name: 'by-build', version: '1.0.0' });
  server.registerTool('early', {}, () => text('early'));
  if (first) {
    const listing = new Promise((resolve) => {
      markListing = resolve;
    });
    first.registerTool('late', {}, () => text('late'));
    await listing;
    return server;
  }
  first = server;
  server.server.setRequestHandler(ListToolsRequestSchema, async () => {
    markListing?.();
    await turn();
    return { tools: [{ name: 'late', inputSchema: { type: 'object' } }] };
  });
  return server;
}
