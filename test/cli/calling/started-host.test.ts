// A host that is started for a call: it ends with the command, whatever happens, and Ctrl-C cancels
// the call.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../e2e/free-port.ts';
import { eventually } from '../../eventually.ts';
import { cliScript, makeFolder, spawnCli } from '../run-cli.ts';

/** It writes its process id, and says how its call ended. */
const SLOW = `
import { appendFileSync, writeFileSync } from 'node:fs';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
export function createServer() {
  const server = new McpServer({ name: 'slow', version: '1' });
  server.registerTool('quick', {}, () => ({ content: [{ type: 'text', text: String(process.pid) }] }));
  server.registerTool('wait', {}, ({ signal }) => {
    writeFileSync(new URL('pid', import.meta.url), String(process.pid));
    return new Promise((done) => signal.addEventListener('abort', () => {
      appendFileSync(new URL('told', import.meta.url), 'cancelled');
      done({ content: [] });
    }));
  });
  return server;
}
`;

function makeApp(): { folder: string; env: Record<string, string> } {
  const folder = makeFolder({
    'servers.yaml': 'servers: { slow: { module: ./slow.mjs }, gone: { module: ./gone.mjs } }',
    'slow.mjs': SLOW,
  });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'), 'junction');
  return { folder, env: { MCP_SERVERS_FILE: join(folder, 'servers.yaml') } };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function start(env: Record<string, string>, ...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [cliScript, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

test('the host has ended when the command has', async () => {
  const { env } = makeApp();
  const { code, out, err } = spawnCli(['call', 'slow', 'quick'], {
    env: { ...env, PORT: String(await freePort()) },
  });
  expect({ code, err }).toEqual({ code: 0, err: [] });
  expect(isAlive(Number(out[0]))).toBe(false);
}, 60_000);

test('the log says why a server is unavailable, and so does the command', async () => {
  const { env } = makeApp();
  const { code, err } = spawnCli(['tools', 'gone'], {
    env: { ...env, PORT: String(await freePort()) },
  });
  expect(code).toBe(1);
  expect(err).toHaveLength(1);
  expect(err[0]).toMatch(/^mcp-host: gone: .*\(HTTP 503\).*gone\.mjs/);
}, 60_000);

test.skipIf(process.platform === 'win32').each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  '%s while a call runs cancels it and ends the host',
  async (signal, exitCode) => {
    const { folder, env } = makeApp();
    const child = start({ ...env, PORT: String(await freePort()) }, 'call', 'slow', 'wait');
    let err = '';
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      err += text;
    });
    const pid = await eventually(() => {
      const text = readFileSync(join(folder, 'pid'), 'utf8');
      expect(text).toMatch(/^\d+$/);
      return Number(text);
    });
    child.kill(signal);
    child.kill(signal);
    const [code] = await once(child, 'exit');
    expect({ code, err }).toEqual({ code: exitCode, err: 'Cancelled.\n' });
    expect(readFileSync(join(folder, 'told'), 'utf8')).toBe('cancelled');
    expect(isAlive(pid)).toBe(false);
  },
  60_000,
);

test.skipIf(process.platform === 'win32')(
  'Ctrl-C while the host starts leaves nothing behind',
  async () => {
    const { env } = makeApp();
    const child = start({ ...env, PORT: String(await freePort()) }, 'tools');
    const hosts = () => {
      try {
        return readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
      } catch {
        return '';
      }
    };
    const pid =
      process.platform === 'linux'
        ? await eventually(() => {
            expect(hosts()).not.toBe('');
            return Number(hosts().split(' ')[0]);
          })
        : 0;
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    expect(code).toBe(130);
    if (pid !== 0) expect(isAlive(pid)).toBe(false);
  },
  60_000,
);
