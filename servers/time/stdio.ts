// Runs the time server alone over stdio: node dist/servers/time/stdio.js

import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { createServer } from './index.ts';

serveStdio(() => createServer());
