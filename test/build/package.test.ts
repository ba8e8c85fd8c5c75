// What `npm run package` stages, and that it runs where nothing else of the repository is.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what people write in .npmrc.

import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { ProjectCopy } from '../docs/project-copy.ts';
import { callTool } from '../e2e/call-tool.ts';
import { startIngestion } from '../e2e/telemetry/ingestion.ts';

const YAML = `
servers:
  weather:
    module: ./servers/weather/index.ts
    instance: shared
    env: { WEATHER_API_BASE_URL: "\${UPSTREAM}" }
  time: { module: ./servers/time/index.ts }
`;

const PLAIN = `
import { readFileSync } from 'node:fs';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { text } from './lib/text.mjs';
export const createServer = () => new McpServer({ name: text, version: '1' });
`;

/** `npm run package` in two: no test changes what the first half compiles. */
const [COMPILE = '', ...PACKAGE] = String(
  JSON.parse(readFileSync('package.json', 'utf8')).scripts.package,
).split(' && ');

let project: ProjectCopy;
beforeAll(() => {
  project = new ProjectCopy();
  for (const name of ['package-lock.json', '.npmrc']) cpSync(name, join(project.folder, name));
  expect(project.run(`npx --no -- ${COMPILE}`)).toMatchObject({ status: 0 });
}, 60_000);
afterAll(() => project.remove());

const staged = (name: string): string =>
  readFileSync(join(project.folder, '.package', name), 'utf8');

const runPackage = () => project.run(PACKAGE.join(' && '));

function stage(yaml: string): void {
  project.write('servers.yaml', yaml);
  const { status, stderr } = runPackage();
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
}

it('the samples run from the package alone, with telemetry', async () => {
  stage(YAML);
  expect(JSON.parse(staged('package.json'))).not.toHaveProperty('scripts');
  const folder = mkdtempSync(join(tmpdir(), 'deployed-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(join(project.folder, '.package'), folder, { recursive: true });
  const { customHandler } = JSON.parse(readFileSync(join(folder, 'host.json'), 'utf8'));
  const { defaultExecutablePath, arguments: args } = customHandler.description;
  expect(defaultExecutablePath).toBe('node');
  const upstream = createServer((_, response) => {
    response.setHeader('content-type', 'application/geo+json').end('{ "features": [] }');
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void upstream.close());
  const ingestion = await startIngestion();
  const host = spawn(process.execPath, args, {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      UPSTREAM: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`,
      ...ingestion.env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void host.kill('SIGKILL'));
  let url = '';
  for await (const line of createInterface({ input: host.stdout })) {
    const { msg, url: told } = JSON.parse(line);
    expect(msg).toBe('listening');
    url = told;
    break;
  }
  const time = await callTool(`${url}/time/mcp`, 'get-current-time');
  expect(time).toMatchObject({ status: 200, text: expect.stringContaining('UTC') });
  const weather = await callTool(`${url}/weather/mcp`, 'get-alerts', { state: 'CA' });
  expect(weather).toMatchObject({ status: 200 });
  expect(weather.isError).toBeFalsy();
  const requests = await ingestion.waitForRequests(2);
  expect(requests.map(({ tags }) => tags['ai.cloud.role']).sort()).toEqual([
    'mcp-host.time',
    'mcp-host.weather',
  ]);
}, 120_000);

it('modules that are loaded as they are go along with their files and packages', () => {
  project.write('servers/plain/index.mjs', PLAIN);
  project.write('servers/plain/lib/text.mjs', "export const text = 'plain';");
  project.write('servers/plain/data.json', '{}');
  stage('servers: { plain: { module: ./servers/plain/index.mjs } }');
  const sdk = '@modelcontextprotocol/sdk';
  const whole = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;
  const { version } = whole[`node_modules/${sdk}`];
  expect(JSON.parse(staged('package.json')).dependencies).toEqual({ [sdk]: version });
  const { packages } = JSON.parse(staged('package-lock.json'));
  expect(packages[''].dependencies).toEqual({ [sdk]: version });
  expect(Object.keys(packages)).toContain('node_modules/zod');
  for (const [place, entry] of Object.entries<Record<string, unknown>>(packages)) {
    if (place === '') continue;
    const { version, integrity } = whole[place];
    expect({ place, version: entry.version, integrity: entry.integrity }).toEqual({
      place,
      version,
      integrity,
    });
    expect(entry).not.toHaveProperty('dev');
  }
  for (const name of ['index.mjs', 'lib/text.mjs', 'data.json']) {
    expect(existsSync(join(project.folder, '.package/servers/plain', name))).toBe(true);
  }
}, 60_000);

it('the lock file goes with servers.yaml', () => {
  const lock = '{ "version": 1, "servers": {} }\n';
  project.write('servers.lock.json', lock);
  stage('servers: { time: { module: ./servers/time/index.ts } }');
  expect(staged('servers.lock.json')).toBe(lock);
}, 60_000);

it('programs go along: packages of commands, scripts with their imports, and the files around them', () => {
  project.write('servers/script/server.mjs', PLAIN);
  project.write('servers/script/lib/text.mjs', "export const text = 'script';");
  project.write('servers/own/tool', '#!/bin/sh\n');
  chmodSync(join(project.folder, 'servers/own/tool'), 0o755);
  project.write('servers/own/data.bin', 'x');
  project.write('servers/notebook/notes.txt', 'x');
  project.write('servers/given/table.csv', 'x');
  stage(`servers:
  package: { command: npx, args: ["-y", "semver", "./servers/given/table.csv"] }
  script: { command: node, args: [./servers/script/server.mjs, --port, "80", /etc/passwd, ../x] }
  own: { command: ./servers/own/tool, args: ["./missing"] }
  elsewhere: { url: "https://a.example.com/mcp" }
  notebook: { command: node, args: ["-e", "1"], cwd: ./servers/notebook }
`);
  const { dependencies } = JSON.parse(staged('package.json'));
  expect(Object.keys(dependencies)).toEqual(['@modelcontextprotocol/sdk', 'semver']);
  for (const name of [
    'script/server.mjs',
    'script/lib/text.mjs',
    'own/tool',
    'own/data.bin',
    'notebook/notes.txt',
    'given/table.csv',
  ]) {
    expect(existsSync(join(project.folder, '.package/servers', name)), name).toBe(true);
  }
  const mode = statSync(join(project.folder, '.package/servers/own/tool')).mode & 0o111;
  expect(mode).toBe(0o111);
}, 60_000);

it('a program that is not there is named with its fix, and nothing is staged', () => {
  project.write('servers.yaml', 'servers: { a: { command: npx, args: ["-y", "none@1.2.3"] } }');
  const { status, stderr } = runPackage();
  expect(status).toBe(1);
  expect(stderr).toContain('npm install --save-exact none@1.2.3');
  expect(existsSync(join(project.folder, '.package'))).toBe(false);
}, 60_000);

it('names of the package itself are followed, and what may be missing is told', () => {
  project.write(
    'servers/hashed/package.json',
    '{ "type": "module", "imports": { "#lib": "./lib.js" } }',
  );
  project.write('servers/hashed/lib.js', "import('not-installed-anywhere').catch(() => {});");
  project.write('servers/hashed/index.js', "import '#lib';");
  project.write('servers.yaml', 'servers: { hashed: { module: ./servers/hashed/index.js } }');
  expect(runPackage()).toMatchObject({
    status: 0,
    stderr:
      'servers/hashed imports not-installed-anywhere, which is not installed here, so it is not deployed.\n',
  });
  expect(existsSync(join(project.folder, '.package/servers/hashed/lib.js'))).toBe(true);
}, 60_000);

it.each([
  ['//registry.example/:_authToken=abc', 1],
  ['//registry.example/:_authToken=${NPM_TOKEN}', 0],
])(
  'an .npmrc with %s: exit code %i',
  (line, code) => {
    const file = join(project.folder, '.npmrc');
    const before = readFileSync(file, 'utf8');
    onTestFinished(() => project.write('.npmrc', before));
    project.write('.npmrc', `${before}\n${line}\n`);
    project.write('servers.yaml', 'servers: { time: { module: ./servers/time/index.ts } }');
    const { status, stderr } = runPackage();
    expect(status).toBe(code);
    expect(stderr).not.toContain('abc');
  },
  60_000,
);

it('a package that is not installed is named with the module that imports it', () => {
  project.write('servers/lacking/index.mjs', "import 'not-installed-anywhere';");
  project.write('servers.yaml', 'servers: { lacking: { module: ./servers/lacking/index.mjs } }');
  const { status, stderr } = runPackage();
  expect(status).toBe(1);
  expect(stderr.trim()).toBe(
    'servers/lacking imports not-installed-anywhere, which is not installed. Fix: npm install not-installed-anywhere',
  );
}, 60_000);
