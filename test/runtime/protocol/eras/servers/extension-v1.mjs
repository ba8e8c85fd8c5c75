// The same as extension-v2.mjs, written with the low-level server of SDK v1.

import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CallToolRequestSchema, McpError } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';

const SKILLS = [{ uri: 'skill://one', name: 'one' }];
const TASK = {
  taskId: 't1',
  status: 'working',
  createdAt: '2026-01-01T00:00:00Z',
  lastUpdatedAt: '2026-01-01T00:00:00Z',
  ttl: 1_000,
};

export function createServer() {
  const server = new Server(
    { name: 'extension-v1', version: '1.0.0' },
    {
      capabilities: {
        tools: {},
        tasks: {},
        extensions: {
          'io.modelcontextprotocol/skills': { directoryRead: true },
          'com.example/notes': {},
          'io.modelcontextprotocol/tasks': {},
        },
        experimental: { 'com.example/tasks': {}, 'com.example/kept': {} },
      },
    },
  );
  const custom = (method, handler) => {
    const params = z.looseObject({}).optional();
    const schema = z.object({ method: z.literal(method), params });
    server.setRequestHandler(schema, ({ params: given = {} }) => handler(given));
  };
  custom('skills/list', () => ({ skills: SKILLS }));
  custom('com.example/notes/add', ({ task, text }) => ({ added: { task, text } }));
  custom('com.example/notes/fail', () => {
    throw new McpError(-32602, 'No such note');
  });
  custom('tasks/get', () => ({ task: TASK }));
  custom('tasks/update', () => ({}));
  custom('com.example/tasks/get', () => ({ task: TASK }));
  const tools = {
    task: () => ({ task: TASK }),
    'sees-tasks': ({ _meta = {} }) => ({
      content: [{ type: 'text', text: JSON.stringify(_meta) }],
    }),
    'tells-of-task': async ({ sendNotification }) => {
      await sendNotification({ method: 'notifications/tasks/status', params: TASK });
      await sendNotification({ method: 'notifications/tasks', params: TASK });
      return { content: [{ type: 'text', text: 'told' }] };
    },
  };
  server.setRequestHandler(z.object({ method: z.literal('tools/list') }), () => ({
    tools: Object.keys(tools).map((name) => ({ name, inputSchema: { type: 'object' } })),
  }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }, extra) => tools[params.name](extra));
  return server;
}
