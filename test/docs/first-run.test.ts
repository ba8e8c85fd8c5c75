// The newcomer's way through the README and docs/adding-a-server.md: start, call, add the servers
// shown, start again, call them with an official client.

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { commandsIn, fencedBlocks } from './markdown.ts';
import { ProjectCopy, type RunningCommand } from './project-copy.ts';

const PAGES = ['README.md', 'docs/adding-a-server.md'];
const readmeJson = fencedBlocks('README.md', 'json').map(({ text }) => text);

/** Files that the documents show, by the path in their first line. */
const shownFiles = PAGES.flatMap((page) => fencedBlocks(page, 'ts')).map(({ place, text }) => {
  const [, path] = /^\/\/ (servers\/\S+)\n/.exec(text) ?? [];
  return { place, path, content: text.replace(/^.*\n/, '') };
});

/** Entries that the documents show. */
const shownServers: Record<string, object> = Object.assign(
  {},
  ...PAGES.flatMap((page) => fencedBlocks(page, 'yaml')).map(({ text }) => parse(text).servers),
);

/** Of the shape that the real package has, which only the network could bring. */
const everythingPackage = `
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
export function createServer() {
  const server = new McpServer({ name: 'everything', version: '1.0.0' });
  server.registerTool('echo', { inputSchema: { message: z.string() } }, ({ message }) => ({
    content: [{ type: 'text', text: 'Echo: ' + message }],
  }));
  return { server, cleanup: () => {} };
}
`;

const project = new ProjectCopy();
afterAll(() => project.remove());

describe('npm start', () => {
  let host: RunningCommand;
  let url: string;

  beforeAll(async () => {
    host = project.start('npm start', { PORT: '0' });
    url = JSON.parse(await host.line(/"msg":"listening"/)).url;
  }, 120_000);
  afterAll(() => host.stop());

  test.skipIf(process.platform === 'win32')('answers the request that a page shows', async () => {
    const page = 'docs/calling-tools.md';
    const command = commandsIn(page).find((line) => line.startsWith('curl '));
    const [shown] = fencedBlocks(page, 'json');
    const { stdout } = project.run(command?.replace('http://127.0.0.1:3000', url) ?? '', 'bash');
    expect(JSON.parse(withoutTime(stdout))).toEqual(JSON.parse(withoutTime(shown?.text ?? '')));
  });

  test('logs lines of the form that the README shows', async () => {
    const call = {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'get-current-time' },
    };
    const headers = { 'content-type': 'application/json' };
    await fetch(`${url}/time/mcp`, { method: 'POST', headers, body: JSON.stringify(call) });
    await fetch(`${url}/time/mcp`);
    const lines = [await host.line(/"msg":"request"/), await host.line(/"msg":"refused"/)];
    const shown = readmeJson
      .find((text) => text.includes('"msg":"request"'))
      ?.trim()
      .split('\n');
    expect(lines.map(withoutMeasures)).toEqual(shown?.map(withoutMeasures));
  });

  test('answers /healthz and /readyz', async () => {
    const answers = await Promise.all(['/healthz', '/readyz'].map((path) => fetch(url + path)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await answers[1]?.json()).toMatchObject({
      servers: [{ name: 'weather' }, { name: 'time' }],
    });
  });
});

describe('the servers that the documents show', () => {
  let host: RunningCommand;
  let url: string;

  beforeAll(async () => {
    for (const { path, content } of shownFiles) project.write(path ?? '', content);
    const folder = 'node_modules/@modelcontextprotocol/server-everything';
    project.write(`${folder}/package.json`, '{ "type": "module", "version": "0.0.0" }');
    project.write(`${folder}/dist/server/index.js`, everythingPackage);
    project.write('servers.yaml', stringify({ servers: shownServers }));
    host = project.start('npm start', { PORT: '0' });
    url = JSON.parse(await host.line(/"msg":"listening"/)).url;
  }, 120_000);
  afterAll(() => host.stop());

  test.each([
    ['hello', 'greet', { name: 'Ada' }, 'Hello, Ada!'],
    ['sum', 'add', { a: 2, b: 3 }, '5'],
    ['everything', 'echo', { message: 'hi' }, 'Echo: hi'],
    ['greeter', 'greet', {}, 'Good morning'],
    ['words-v1', 'spell', { words: ['one', 'two'] }, 'one two'],
    ['words-v2', 'spell', { words: ['one', 'two'] }, 'one two'],
  ])('%s answers an official client', async (name, tool, args, text) => {
    expect(Object.keys(shownServers)).toContain(name);
    const client = await connect(`${url}/${name}/mcp`);
    const { content } = await client.callTool({ name: tool, arguments: args });
    expect(content).toEqual([{ type: 'text', text }]);
  });

  test.each(['words-v1', 'words-v2'])('%s sends its progress and logs', async (name) => {
    const client = await connect(`${url}/${name}/mcp`);
    const progress: number[] = [];
    const logs: unknown[] = [];
    client.setNotificationHandler('notifications/message', ({ params }) => {
      logs.push(params.data);
    });
    await client.callTool(
      { name: 'spell', arguments: { words: ['one', 'two'] } },
      { onprogress: (update) => progress.push(update.progress) },
    );
    expect({ progress, logs }).toEqual({ progress: [0, 1], logs: ['one', 'two'] });
  });

  test('are all mounted, and come from files that say where they belong', () => {
    expect(shownFiles.filter(({ path }) => path === undefined)).toEqual([]);
    expect(Object.keys(shownServers)).toHaveLength(10);
  });

  test('pass the lint and the format of this project', () => {
    const { status, stdout, stderr } = project.run(
      'node node_modules/@biomejs/biome/bin/biome check --error-on-warnings servers',
    );
    expect({ status, output: status === 0 ? '' : stdout + stderr }).toEqual({
      status: 0,
      output: '',
    });
  });
});

async function connect(url: string): Promise<Client> {
  const client = new Client({ name: 'docs', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  onTestFinished(() => client.close());
  return client;
}

function withoutTime(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d/g, 'TIME')
    .replaceAll(/\b(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b/g, 'DAY');
}

function withoutMeasures(line: string): object {
  return { ...JSON.parse(line), time: '', durationMs: 0 };
}
