// Tool get-current-time: what the clocks of one time zone show now.

import type { CallToolResult, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { openTimeZone } from './time-zone.ts';
import { describeZonedTime, zonedTime, zonedTimeSchema } from './zoned-time.ts';

// At module level, because the server is built for each request and schemas are what costs.
const TOOL = {
  title: 'Get current time',
  description: 'The current date and time in a time zone. Works offline.',
  inputSchema: z.object({
    timeZone: z
      .string()
      .default('UTC')
      .describe('IANA time zone, such as Europe/Paris or America/New_York; default UTC'),
  }),
  outputSchema: zonedTimeSchema,
  annotations: { readOnlyHint: true, openWorldHint: false },
};

/** Adds the tool to `server`; `now` gives the instant, in milliseconds of the epoch. */
export function registerGetCurrentTime(server: McpServer, now: () => number): void {
  // The SDK turns what openTimeZone throws into an `isError` result with its text.
  server.registerTool('get-current-time', TOOL, ({ timeZone }): CallToolResult => {
    const time = zonedTime(openTimeZone(timeZone), now());
    return {
      content: [{ type: 'text', text: describeZonedTime(time) }],
      structuredContent: time,
    };
  });
}
