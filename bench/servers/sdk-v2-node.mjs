// SDK v2 as its documentation serves: `createMcpHandler` on the official Node adapter.

import { createServer as createHttpServer } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { createServer } from './v2.mjs';

const handle = toNodeHandler(createMcpHandler(createServer));
createHttpServer(handle).listen(Number(process.env.PORT), '127.0.0.1');
