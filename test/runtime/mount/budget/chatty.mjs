// A server that says much before it answers: one message after the other, or all in one turn.

import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';

const MEGABYTE = 'x'.repeat(1_000_000);
const MESSAGE = {
  method: 'notifications/message',
  params: { level: 'info', data: MEGABYTE },
};

export function createServer() {
  const server = new McpServer(
    { name: 'chatty', version: '1.0.0' },
    { capabilities: { logging: {} } },
  );
  const inputSchema = { megabytes: z.number() };
  const said = (count) => ({ content: [{ type: 'text', text: `said ${count}` }] });
  server.registerTool('chatter', { inputSchema }, async ({ megabytes }, extra) => {
    for (let count = 0; count < megabytes; count += 1) await extra.sendNotification(MESSAGE);
    return said(megabytes);
  });
  server.registerTool('burst', { inputSchema }, async ({ megabytes }, extra) => {
    await Promise.all(Array.from({ length: megabytes }, () => extra.sendNotification(MESSAGE)));
    return said(megabytes);
  });
  /** More than a reader takes at once, and then a long answer. */
  server.registerTool('flood', { inputSchema }, async ({ megabytes }, extra) => {
    void extra.sendNotification({
      ...MESSAGE,
      params: { level: 'info', data: MEGABYTE.repeat(8) },
    });
    return { content: Array.from({ length: megabytes }, () => ({ type: 'text', text: MEGABYTE })) };
  });
  server.registerTool('echo', { inputSchema: { text: z.string() } }, ({ text }) => ({
    content: [{ type: 'text', text }],
  }));
  return server;
}
