// Runs the weather server alone over stdio: node dist/servers/weather/stdio.js

import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { createServer } from './index.ts';

try {
  await createServer({ env: process.env }).connect(new StdioServerTransport());
} catch (error) {
  console.error(`weather: ${error instanceof Error ? error.message : 'could not start'}`);
  process.exitCode = 1;
}
