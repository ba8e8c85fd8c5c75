// A module that changes, while it is loaded, what all servers of the process share: the
// operator is told which one it was, and the others serve.

import { expect, test } from 'vitest';
import { postModern } from '../runtime/protocol/eras/modern.ts';
import { type HostProcess, spawnHost } from './spawn-host.ts';

const YAML = `
defaults: { auth: anonymous }
servers:
  spoiler: { module: ./spoiler.mjs, env: { MINE: own } }
  other: { module: ./kernel-v2.mjs }
  seen: { module: ./seen.mjs }
`;

/** Says what is left of it for the others. */
const SEEN = `
import { McpServer } from '@modelcontextprotocol/server';
export function createServer() {
  const server = new McpServer({ name: 'seen', version: '1.0.0' });
  server.registerTool('look', {}, () => {
    const names = [];
    for (const name in {}) names.push(name);
    for (const name in []) names.push(name);
    const { PLAIN, MINE, ADDED, NODE_TLS_REJECT_UNAUTHORIZED: tls } = process.env;
    return { content: [{ type: 'text', text: JSON.stringify({ names, PLAIN, MINE, ADDED, tls }) }] };
  });
  return server;
}
`;

const start = (code: string): Promise<HostProcess> =>
  spawnHost({
    yaml: YAML,
    env: { PLAIN: 'plain' },
    files: {
      'spoiler.mjs': `${code}\nexport { createServer } from './kernel-v2.mjs';`,
      'seen.mjs': SEEN,
    },
  });

const look = async (host: HostProcess): Promise<unknown> => {
  const answer = await postModern(`${await host.url()}/seen/mcp`, 'tools/call', {
    name: 'look',
    arguments: {},
  });
  return JSON.parse(answer.text ?? JSON.stringify(answer.error));
};

async function changesInReadyz(host: HostProcess): Promise<unknown> {
  const { servers } = (await (await fetch(`${await host.url()}/readyz`)).json()) as {
    servers: { name: string; globalChanges?: string[] }[];
  };
  return Object.fromEntries(servers.map(({ name, globalChanges }) => [name, globalChanges]));
}

test('what it added to prototypes and changed in the environment is taken back and told', async () => {
  const host = await start(`
    Object.prototype.spoiled = 'x';
    Array.prototype.also = () => {};
    process.env.PLAIN = 'changed';
    delete process.env.MINE;
    process.env.ADDED = 'added';
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  `);
  expect(await look(host)).toEqual({ names: [], PLAIN: 'plain', MINE: 'own', ADDED: 'added' });
  const changes = [
    'process.env.PLAIN',
    'process.env.MINE',
    'process.env.NODE_TLS_REJECT_UNAUTHORIZED',
    'Object.prototype.spoiled',
    'Array.prototype.also',
  ];
  const line = await host.waitForLog({ reason: 'changed-globals' });
  expect({ ...line, undone: (line.undone as string[]).toSorted() }).toMatchObject({
    level: 'warn',
    server: 'spoiler',
    undone: changes.toSorted(),
    msg: expect.stringMatching(/The host undid the changes\. Fix: correct the module/),
  });
  expect(await changesInReadyz(host)).toMatchObject({ spoiler: expect.arrayContaining(changes) });
  for (const name of ['spoiler', 'other']) {
    const answer = await postModern(`${await host.url()}/${name}/mcp`, 'tools/list', {});
    expect({ name, status: answer.status, error: answer.error }).toEqual({ name, status: 200 });
  }
});

test('what cannot be taken back is told, and the server serves', async () => {
  const host = await start(`
    Object.defineProperty(Object.prototype, 'stuck', { value: 1, enumerable: true });
    Object.preventExtensions(Array.prototype);
  `);
  const line = await host.waitForLog({ reason: 'changed-globals' });
  expect(line).toMatchObject({
    server: 'spoiler',
    left: ['Object.prototype.stuck', 'Array.prototype (frozen)'],
    msg: expect.stringContaining('the host cannot undo all changes'),
  });
  await host.url();
  expect(host.logs.filter(({ reason }) => reason === 'changed-globals')).toHaveLength(1);
});

test('a module that changes nothing is no line, and a thread has globals of its own', async () => {
  const host = await spawnHost({
    yaml: YAML.replace('module: ./spoiler.mjs', 'module: ./spoiler.mjs, isolation: thread'),
    files: {
      'spoiler.mjs': `Object.prototype.spoiled = 'x'; delete Object.prototype.spoiled;
        process.env.PLAIN = 'changed';
        export { createServer } from './kernel-v2.mjs';`,
      'seen.mjs': SEEN,
    },
    env: { PLAIN: 'plain' },
  });
  expect(await look(host)).toEqual({ names: [], PLAIN: 'plain' });
  expect(host.logs.filter(({ reason }) => reason === 'changed-globals')).toEqual([]);
});
