// The measured tool on SDK v2 as a program over standard input and output.

import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { createServer } from './v2.mjs';

serveStdio(createServer);
