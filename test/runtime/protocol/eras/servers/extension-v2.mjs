// A server on SDK v2 with extensions: that of the SDK's skills, one of its own, and tasks, which
// are hidden.

import { McpServer, ProtocolError } from '@modelcontextprotocol/server';
import { z } from 'zod';

const SKILLS = [{ uri: 'skill://one', name: 'one' }];
const TASK = { taskId: 't1', status: 'working', createdAt: '2026-01-01T00:00:00Z', ttlMs: 1_000 };

export function createServer() {
  const server = new McpServer(
    { name: 'extension-v2', version: '1.0.0' },
    {
      capabilities: {
        tools: {},
        tasks: { list: {} },
        'com.example/tasks': {},
        extensions: {
          'io.modelcontextprotocol/skills': { directoryRead: true },
          'com.example/notes': {},
          'io.modelcontextprotocol/tasks': {},
        },
        experimental: { 'com.example/tasks': {}, 'com.example/kept': {} },
      },
    },
  );
  const { server: inner } = server;
  const params = z.looseObject({});
  const custom = (method, handler) => inner.setRequestHandler(method, { params }, handler);
  custom('skills/list', () => ({ skills: SKILLS }));
  custom('com.example/notes/add', ({ task, text }) => ({ added: { task, text } }));
  custom('com.example/notes/fail', () => {
    throw new ProtocolError(-32602, 'No such note');
  });
  custom('tasks/get', () => ({ task: TASK }));
  custom('tasks/update', () => ({}));
  custom('com.example/tasks/get', () => ({ task: TASK }));
  server.registerTool('task', {}, () => ({ resultType: 'task', ...TASK, content: [] }));
  server.registerTool('sees-tasks', {}, (ctx) => ({
    content: [{ type: 'text', text: JSON.stringify(ctx.mcpReq.envelope ?? {}) }],
  }));
  server.registerTool('tells-of-task', {}, async ({ mcpReq }) => {
    // 2026-07-28 does not have it: the SDK refuses to send it.
    await mcpReq.notify({ method: 'notifications/tasks/status', params: TASK }).catch(() => {});
    await mcpReq.notify({ method: 'notifications/tasks', params: TASK });
    return { content: [{ type: 'text', text: 'told' }] };
  });
  return server;
}
