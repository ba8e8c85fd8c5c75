// A server of each kind, deployed: staged with its lock file, and run where nothing else of the
// repository is. A host that has modules only loads nothing of the other kinds.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { ProjectCopy } from '../docs/project-copy.ts';
import { callTool } from '../e2e/call-tool.ts';
import { eventually } from '../eventually.ts';
import { startUpstream } from '../runtime/backends/url/upstreams.ts';
import { post } from '../runtime/post.ts';

const runFile = promisify(execFile);
const PACKAGE = 'program-of-a-package';
const PROGRAM = readFileSync('test/fixtures/programs/mcp.mjs', 'utf8');

const yamlOf = (upstream: string): string => `
defaults: { auth: anonymous }
servers:
  module: { module: ./servers/time/index.ts }
  thread: { module: ./servers/time/index.ts, isolation: thread, instance: shared }
  script: { command: node, args: [./servers/program/mcp.mjs], instance: shared }
  package: { command: npx, args: ["-y", "${PACKAGE}"], instance: per-request }
  far: { url: "${upstream}" }
  desk: { combine: { script: { prefix: s }, far: { prefix: f }, thread: { prefix: t } } }
`;

let project: ProjectCopy;
beforeAll(() => {
  project = new ProjectCopy();
  cpSync('.npmrc', join(project.folder, '.npmrc'));
  project.write('servers/program/mcp.mjs', PROGRAM);
  const manifest = { name: PACKAGE, version: '1.0.0', type: 'module', bin: './mcp.mjs' };
  project.write(`node_modules/${PACKAGE}/package.json`, JSON.stringify(manifest));
  project.write(`node_modules/${PACKAGE}/mcp.mjs`, `#!/usr/bin/env node\n${PROGRAM}`);
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  lock.packages[`node_modules/${PACKAGE}`] = { version: manifest.version, bin: manifest.bin };
  project.write('package-lock.json', JSON.stringify(lock));
  run('npm run --silent build');
}, 120_000);
afterAll(() => project.remove());

function run(command: string): string {
  const { status, stdout, stderr } = project.run(command);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

/** What `npm install` brings in Azure is put there from the project. */
function deploy(): string {
  run('node dist/build/package.js');
  const folder = mkdtempSync(join(tmpdir(), 'deployed-kinds-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(project.folder, '.package'), folder, { recursive: true });
  const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) {
    const place = `node_modules/${name}`;
    cpSync(join(project.folder, place), join(folder, place), { recursive: true });
  }
  return folder;
}

interface Deployed {
  readonly url: string;
  readonly host: ChildProcess;
}

async function start(folder: string, nodeArguments: readonly string[] = []): Promise<Deployed> {
  const { customHandler } = JSON.parse(readFileSync(join(folder, 'host.json'), 'utf8'));
  const host = spawn(
    process.execPath,
    [...nodeArguments, ...customHandler.description.arguments],
    // No NODE_PATH: packages come from the folder alone.
    {
      cwd: folder,
      env: { PATH: process.env.PATH, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  onTestFinished(() => void host.kill('SIGKILL'));
  for await (const line of createInterface({ input: host.stdout })) {
    const { msg, url } = JSON.parse(line);
    if (msg === 'listening') return { url, host };
  }
  throw new Error('The host ended before it listened.');
}

const statesOf = async (url: string): Promise<Record<string, string>> => {
  const { servers } = (await (await fetch(`${url}/readyz`)).json()) as {
    servers: { name: string; status: string }[];
  };
  return Object.fromEntries(servers.map(({ name, status }) => [name, status]));
};

it('a server of each kind runs from the package alone', async () => {
  const upstream = await startUpstream('v1 stateless');
  project.write('servers.yaml', yamlOf(upstream.url));
  run('node dist/build/main.js');
  // This process is that of the upstream, and must not wait.
  await runFile(process.execPath, ['cli/mcp-host.js', 'lock'], { cwd: project.folder });
  const { url, host } = await start(deploy());
  // The lock file is there: lists start nothing.
  const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' } as const;
  for (const name of ['script', 'package', 'far']) {
    const { body } = await post(`${url}/${name}/mcp`, list);
    expect(JSON.parse(body).result.tools.map((tool: { name: string }) => tool.name)).toContain(
      'echo',
    );
  }
  const idle = { script: 'idle', package: 'idle', far: 'idle' };
  expect(await statesOf(url)).toMatchObject({ module: 'serving', thread: 'serving', ...idle });
  const now = expect.stringContaining('UTC');
  for (const [server, tool, args, text] of [
    ['module', 'get-current-time', {}, now],
    ['thread', 'get-current-time', {}, now],
    ['script', 'echo', { value: 'x' }, 'x'],
    ['package', 'echo', { value: 'y' }, 'y'],
    ['far', 'echo', { text: 'z' }, 'z'],
    ['desk', 's_echo', { value: 'x' }, 'x'],
    ['desk', 'f_echo', { text: 'z' }, 'z'],
    ['desk', 't_get-current-time', {}, now],
  ] as const) {
    const answer = await callTool(`${url}/${server}/mcp`, tool, args);
    expect({ server, ...answer }).toMatchObject({ server, status: 200, text });
  }
  const pid = Number((await callTool(`${url}/script/mcp`, 'whoami')).text);
  expect(() => process.kill(pid, 0)).not.toThrow();
  host.kill('SIGKILL');
  // A process of its own sees to that.
  await eventually(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'));
}, 120_000);

/** Notes each module that Node loads. */
const HOOKS = `
import { appendFileSync } from 'node:fs';
export function load(url, context, next) {
  appendFileSync(new URL('./loaded.txt', import.meta.url), url + '\\n');
  return next(url, context);
}
`;

const OTHER_KINDS =
  /runtime\/backends\/(command|url|http|thread|combine)\/|config\/lock-file\.ts|node_modules\/undici\//;

it('with modules only, nothing of the other kinds is loaded', async () => {
  project.write('servers.yaml', 'servers: { time: { module: ./servers/time/index.ts } }');
  rmSync(join(project.folder, 'servers.lock.json'), { force: true });
  run('node dist/build/main.js');
  const folder = deploy();
  writeFileSync(join(folder, 'hooks.mjs'), HOOKS);
  const register = `import { register } from 'node:module'; register('./hooks.mjs', import.meta.url);`;
  writeFileSync(join(folder, 'register.mjs'), register);
  const { url } = await start(folder, [
    '--import',
    pathToFileURL(resolve(folder, 'register.mjs')).href,
  ]);
  expect(await callTool(`${url}/time/mcp`, 'get-current-time')).toMatchObject({ status: 200 });
  const loaded = readFileSync(join(folder, 'loaded.txt'), 'utf8').trim().split('\n');
  const sources = loaded
    .filter((file) => /\/dist\/(main|chunks\/.*)\.js$/.test(file))
    .map((file) => new URL(`${file}.map`))
    // The bundler's own few lines have none.
    .filter((map) => existsSync(map))
    .flatMap((map): string[] => JSON.parse(readFileSync(map, 'utf8')).sources);
  expect(sources.filter((source) => /runtime\/host\.ts$/.test(source))).toHaveLength(1);
  expect(sources.filter((source) => OTHER_KINDS.test(source))).toEqual([]);
}, 120_000);
