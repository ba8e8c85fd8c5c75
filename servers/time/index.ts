// The time MCP server: current time and conversion between time zones, offline.

import { McpServer } from '@modelcontextprotocol/server';
import { registerConvertTime } from './convert-time.ts';
import { registerGetCurrentTime } from './current-time.ts';

const INFO = { name: 'time', title: 'Time', version: '1.0.0' };
// The tools never change: saying so keeps clients from holding a stream open to hear of changes.
const OPTIONS = { capabilities: { tools: { listChanged: false } } };

/**
 * Builds the server, not connected to anything; cheap enough to be called for each request.
 * @param _context What a host gives; nothing of it is needed.
 * @param now The clock, in milliseconds of the epoch. Default `Date.now`.
 */
export function createServer(_context?: unknown, now: () => number = Date.now): McpServer {
  const server = new McpServer(INFO, OPTIONS);
  registerGetCurrentTime(server, now);
  registerConvertTime(server, now);
  return server;
}
