// The table of servers that a person sees: what each state means for whoever wants to call.

import { expect, test } from 'vitest';
import { spawnHost } from './spawn-host.ts';

const YAML = `
defaults: { auth: anonymous }
servers:
  module: { module: ./observed.mjs, instance: shared }
  thread: { module: ./thread-v1.mjs, isolation: thread, instance: shared }
  program: { command: node, args: [./none.mjs] }
  far: { url: "https://mcp.example.com/mcp" }
  gone: { command: ./none, start: eager, path: none }
  desk: { combine: { module: {}, gone: {} } }
`;

test('tells of each kind of server whether it can be called', async () => {
  const env = { FUNCTIONS_CORETOOLS_ENVIRONMENT: 'true' };
  const host = await spawnHost({ yaml: YAML, env });
  await host.waitForLog(({ text }) => String(text).includes(' desk '));
  const rows = host.logs.flatMap(({ text }) =>
    typeof text === 'string' && text !== '' ? [text.trim().split(/ {2,}/)] : [],
  );
  const at = (name: string) => `http://localhost:7071/${name}/mcp`;
  expect(rows).toEqual([
    ['module', at('module'), 'serving'],
    ['thread', at('thread'), 'serving'],
    ['program', at('program'), 'idle: its first call starts it'],
    ['far', at('far'), 'idle: its first call starts it'],
    ['gone', 'no path', 'unavailable: program-not-found'],
    ['desk', at('desk'), 'partial: without gone'],
  ]);
});
