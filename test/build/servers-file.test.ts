// MCP_SERVERS_FILE names a file of another folder: `npm run build` builds its servers, and the host
// finds them.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '../cli/run-cli.ts';
import { callTool } from '../e2e/call-tool.ts';
import { type HostProcess, spawnHost } from '../e2e/spawn-host.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const ENV = { MCP_SERVERS_FILE: 'sub/x.yaml' };

const SERVER = `
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { name } from './name.ts';
export function createServer(): McpServer {
  const server = new McpServer({ name, version: '1' });
  server.registerTool('tell', {}, () => ({ content: [{ type: 'text' as const, text: name }] }));
  return server;
}
`;

const SUB_YAML = `
defaults: { auth: anonymous }
servers:
  above: { module: ../servers/above/index.ts }
  folder: { module: ../servers/above }
  beside: { module: ./beside/index.ts }
`;

function build(folder: string, script = 'main.js', ...args: string[]) {
  const env = { PATH: process.env.PATH, ...ENV };
  const command = [join(ROOT, 'dist/build', script), ...args];
  return spawnSync(process.execPath, command, { cwd: folder, env, encoding: 'utf8' });
}

const start = (prepare?: (folder: string) => void): Promise<HostProcess> =>
  spawnHost({
    yaml: 'servers: { above: { module: ./servers/above/index.ts } }',
    files: {
      'sub/x.yaml': SUB_YAML,
      'servers/above/index.ts': SERVER,
      'servers/above/name.ts': "export const name: string = 'above';",
      'sub/beside/index.ts': SERVER,
      'sub/beside/name.ts': "export const name: string = 'beside';",
    },
    copies: {
      'dist/runtime': join(ROOT, 'dist/runtime'),
      'dist/config': join(ROOT, 'dist/config'),
    },
    ...(prepare && { prepare, main: 'dist/main.js' }),
    env: ENV,
  });

test('the build honors it, the host loads what it names, and check finds nothing wrong', async () => {
  const host = await start((folder) => {
    expect(build(folder)).toMatchObject({ status: 0, stderr: '' });
  });
  const url = await host.url();
  for (const [server, text] of [
    ['above', 'above'],
    ['folder', 'above'],
    ['beside', 'beside'],
  ]) {
    expect(await callTool(`${url}/${server}/mcp`, 'tell')).toMatchObject({ status: 200, text });
  }
  expect(await runCli(['check'], { folder: host.directory, env: ENV })).toMatchObject({ code: 0 });
  expect(existsSync(join(host.directory, 'sub/dist'))).toBe(false);
});

test('without the build its servers say how to build them', async () => {
  const host = await start();
  const lines = ['above', 'folder', 'beside'].map((server) =>
    host.waitForLog({ server, reason: 'not-built' }),
  );
  for (const { detail } of await Promise.all(lines)) {
    expect(detail).toMatch(/Fix: npm run build, with MCP_SERVERS_FILE set as it is now\.$/);
  }
});

test('nothing is staged for a deployment, which reads servers.yaml', async () => {
  const host = await start();
  const { status, stderr } = build(host.directory, 'package.js');
  expect(status).toBe(1);
  expect(stderr).toBe(
    'MCP_SERVERS_FILE names sub/x.yaml, but only servers.yaml is deployed. Fix: unset MCP_SERVERS_FILE, and build again\n',
  );
  expect(build(host.directory, 'package.js', '--after-build').status).toBe(0);
  expect(existsSync(join(host.directory, '.package'))).toBe(false);
  expect(readFileSync(join(host.directory, 'servers.yaml'), 'utf8')).toContain('above');
});
