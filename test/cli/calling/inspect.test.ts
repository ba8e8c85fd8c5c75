// mcp-host inspect: the pinned Inspector gets every server, and Ctrl-C ends all that was started.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { INSPECTOR } from '../../../cli/commands/inspect.ts';
import { bundledNode } from '../../../cli/conformance/installation.ts';
import { freePort } from '../../e2e/free-port.ts';
import { eventually } from '../../eventually.ts';
import { cliScript, makeFolder } from '../run-cli.ts';

const isModern = Number.parseInt(process.versions.node, 10) >= 22;
const node = isModern ? process.execPath : bundledNode();

/** In place of npx: it writes down what it got, starts something, and does not end by itself. */
const NPX = `#!/usr/bin/env node
const { spawn } = require('node:child_process');
const { readFileSync, writeFileSync } = require('node:fs');
const args = process.argv.slice(2);
const config = readFileSync(args.at(-1), 'utf8');
const further = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
const pids = [process.pid, further.pid];
writeFileSync(__dirname + '/got.tmp', JSON.stringify({ args, config: JSON.parse(config), pids }));
require('node:fs').renameSync(__dirname + '/got.tmp', __dirname + '/got.json');
setInterval(() => {}, 1000);
`;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('the version is the one that the tests run', () => {
  const { dependencies } = JSON.parse(readFileSync('test/official-tools/package.json', 'utf8'));
  const name = '@modelcontextprotocol/inspector';
  expect(INSPECTOR).toBe(`${name}@${dependencies[name]}`);
});

test.skipIf(isModern)('a Node that the Inspector does not take is told in one line', () => {
  const { status, stderr } = spawnSync(process.execPath, [cliScript, 'inspect'], {
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stderr).toBe(
    `The Inspector needs Node 22.19 or later, got ${process.versions.node}. ` +
      'Fix: install Node 22, or use npx --no mcp-host tools and call\n',
  );
});

describe.runIf(existsSync(node) && process.platform !== 'win32')('inspect', () => {
  test('enters every server, and Ctrl-C ends the Inspector and the host', async () => {
    const folder = makeFolder({
      'servers.yaml': `servers:
  time: { module: ${JSON.stringify(resolve('dist/servers/time/index.js'))} }
  weather: { module: ${JSON.stringify(resolve('dist/servers/weather/index.js'))}, path: /w/mcp }
  off: { module: ./off.mjs, enabled: false }
`.replaceAll(`"${resolve('dist')}`, '"./dist'),
      'bin/npx': NPX,
    });
    symlinkSync(resolve('dist'), join(folder, 'dist'), 'junction');
    chmodSync(join(folder, 'bin/npx'), 0o755);
    const path = [join(folder, 'bin'), dirname(node), '/usr/bin', '/bin'];
    const child = spawn(node, [cliScript, 'inspect'], {
      env: {
        PATH: path.join(delimiter),
        PORT: String(await freePort()),
        MCP_SERVERS_FILE: join(folder, 'servers.yaml'),
        TMPDIR: folder,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const got = await eventually(() =>
      JSON.parse(readFileSync(join(folder, 'bin/got.json'), 'utf8')),
    );
    const { args, config, pids } = got;
    expect(args.slice(0, -1)).toEqual(['--yes', INSPECTOR, '--web', '--config']);
    const { mcpServers } = config;
    expect(Object.keys(mcpServers)).toEqual(['time', 'weather']);
    const { origin, pathname } = new URL(mcpServers.weather.url);
    expect(pathname).toBe('/w/mcp');
    expect(mcpServers.time).toEqual({ type: 'streamable-http', url: `${origin}/time/mcp` });
    expect((await fetch(`${origin}/healthz`)).status).toBe(200);

    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    expect(code).toBe(130);
    await eventually(() => expect(pids.filter(isAlive)).toEqual([]));
    await expect(fetch(`${origin}/healthz`)).rejects.toThrow('fetch failed');
    expect(existsSync(args.at(-1))).toBe(false);
  }, 60_000);
});
