// The server of the soak on both SDKs: tools that name their server and repeat their argument, so
// that a caller can tell its own answer, and tools that do harm.

import { closeSync } from 'node:fs';
import { McpServer as ServerV1 } from '@modelcontextprotocol/sdk/server/mcp.js';
import { McpServer as ServerV2 } from '@modelcontextprotocol/server';
import { z } from 'zod';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const content = (text) => ({ content: [{ type: 'text', text }] });

const question = {
  message: 'Your name?',
  requestedSchema: { type: 'object', properties: { name: { type: 'string' } } },
};

/** @param say what the tool answers when all goes well */
const TOOLS = {
  echo: async ({ delayMs }, { say }) => {
    if (delayMs) await sleep(delayMs);
    return content(say);
  },
  progress: async ({ text, steps = 3, delayMs = 0 }, { say, notify }) => {
    for (let step = 1; step <= steps; step += 1) {
      await notify(step, text);
      if (delayMs) await sleep(delayMs);
    }
    return content(say);
  },
  error: async (_args, { say }) => ({ ...content(say), isError: true }),
  /** Runs until its caller is gone. */
  wait: async ({ text }, { say, notify, signal }) => {
    const gone = new Promise((resolve) => signal.addEventListener('abort', resolve));
    await notify(1, text);
    await gone;
    return content(say);
  },
  big: async ({ bytes }, { say }) => content(`${say}${'x'.repeat(bytes)}`),
  ask: async (_args, { say, ask }) => {
    await ask();
    return content(say);
  },
  loop: () => {
    for (;;);
  },
  reject: async (_args, { say }) => {
    void Promise.reject(new Error('a promise that nobody awaits'));
    return content(say);
  },
  /** Ends the process or thread that it runs in. */
  crash: () => process.exit(3),
  'close-output': async (_args, { say }) => {
    closeSync(1);
    return content(say);
  },
};

/** @param name what its answers begin with */
export function v1(name) {
  const server = new ServerV1({ name, version: '1.0.0' });
  for (const [tool, act] of Object.entries(TOOLS)) {
    server.registerTool(tool, { inputSchema: z.looseObject({}) }, (args, extra) =>
      act(args, {
        say: `${name}:${args.text}`,
        signal: extra.signal,
        notify: (progress, message) =>
          notifyWith(extra.sendNotification, extra._meta, progress, message),
        ask: () => server.server.elicitInput(question, { relatedRequestId: extra.requestId }),
      }),
    );
  }
  return server;
}

/** It does not ask: handlers on this SDK end with their question, so none of them waits. */
export function v2(name) {
  const server = new ServerV2({ name, version: '1.0.0' });
  for (const [tool, act] of Object.entries(TOOLS)) {
    server.registerTool(tool, { inputSchema: z.looseObject({}) }, (args, { mcpReq }) =>
      act(args, {
        say: `${name}:${args.text}`,
        signal: mcpReq.signal,
        notify: (progress, message) => notifyWith(mcpReq.notify, mcpReq._meta, progress, message),
      }),
    );
  }
  return server;
}

async function notifyWith(send, meta, progress, message) {
  const progressToken = meta?.progressToken;
  if (progressToken === undefined) return;
  await send({ method: 'notifications/progress', params: { progressToken, progress, message } });
}
