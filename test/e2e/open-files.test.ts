// A process that may open few files: it refuses connections and starts servers late, and it
// does not end.

import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { eventually } from '../eventually.ts';
import { post } from '../runtime/post.ts';
import { type SpawnOptions, spawnHost } from './spawn-host.ts';

const PING = { jsonrpc: '2.0', id: 1, method: 'ping' } as const;

/** Opens all files that the process may open just before the module is imported. */
const HOG = `
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
const { realpathSync } = fs;
const files = [];
let isFirst = true;
const takeAll = () => {
  try {
    for (;;) files.push(fs.openSync('/dev/null'));
  } catch {}
};
const give = (count) => {
  for (const file of files.splice(0, count)) fs.closeSync(file);
};
fs.realpathSync = Object.assign((...args) => {
  const found = realpathSync(...args);
  if (String(found).endsWith('late.mjs') && isFirst) {
    isFirst = false;
    takeAll();
    // Enough for a connection, too little for a module.
    setTimeout(() => give(4), 100);
  }
  return found;
}, realpathSync);
syncBuiltinESMExports();
process.on('SIGUSR2', () => give(files.length));
`;

/** Of the process and of whatever it starts. */
const limited = (files: number): Partial<SpawnOptions> => ({
  node: '/bin/sh',
  nodeArguments: ['-c', `ulimit -n ${files}; exec "$0" "$@"`, process.execPath],
});

describe.skipIf(process.platform === 'win32')('a process with few files', () => {
  test('tries a server again that could not be loaded for too many open files', async () => {
    const { nodeArguments = [], ...options } = limited(256);
    const host = await spawnHost({
      yaml: 'servers: { late: { module: ./late.mjs, auth: anonymous } }',
      files: { 'late.mjs': "export { createServer } from './kernel-v2.mjs';", 'hog.mjs': HOG },
      ...options,
      nodeArguments: [...nodeArguments, '--import', './hog.mjs'],
    });
    const url = `${await host.url()}/late/mcp`;
    const failed = await host.waitForLog({ msg: 'unavailable', reason: 'import-failed' });
    expect(failed.retryInMs).toBe(500);
    const tries = () => host.logs.filter(({ msg }) => msg === 'unavailable');
    await eventually(async () => {
      expect((await post(url, PING)).status).toBe(503);
      expect(tries().length).toBeGreaterThanOrEqual(3);
    });
    expect(tries().map(({ retryInMs }) => retryInMs)).toEqual(tries().map(() => 500));
    host.signal('SIGUSR2');
    await eventually(async () => expect((await post(url, PING)).status).toBe(200));
    await host.waitForLog({ msg: 'serving again' });
  });

  test('refuses connections that it has no file for, and serves when there are fewer', async () => {
    const host = await spawnHost({
      yaml: 'servers: { a: { module: ./kernel-v2.mjs, auth: anonymous } }',
      ...limited(256),
    });
    const url = await host.url();
    const sockets: Socket[] = [];
    const closed: Socket[] = [];
    for (let count = 0; count < 400; count += 1) {
      const socket = createConnection(Number(new URL(url).port), '127.0.0.1');
      socket.on('error', () => {}).once('close', () => closed.push(socket));
      await once(socket, 'connect');
      sockets.push(socket);
    }
    await eventually(() => expect(closed.length).toBeGreaterThan(100));
    for (const socket of sockets) socket.destroy();
    await eventually(async () => expect((await post(`${url}/a/mcp`, PING)).status).toBe(200));
    host.signal('SIGTERM');
    expect(await host.exited).toEqual({ code: 0, signal: null });
  });
});
