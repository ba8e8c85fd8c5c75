// mcp-host connect --html: one page of all servers, what is on it, and what is refused.

import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../config/load.ts';
import { entryHash, hashesOf, renderLockFile } from '../../config/lock-file.ts';
import { lacksShell } from './doctor/run-doctor.ts';
import { makeFolder, runCli } from './run-cli.ts';

const yaml = `servers:
  notes: { module: ./notes.js, auth: entra, title: "Notes <b>", description: For everybody. }
  keyed: { module: ./keyed.js, title: Keyed }
  files:
    command: node
    args: [./files.mjs]
    auth: anonymous
    tools: { deny: [secret-tool] }
  hidden: { module: ./hidden.js, path: none, auth: anonymous }
  team: { combine: { hidden: {}, files: {} }, auth: anonymous }
  off: { module: ./off.js, enabled: false }
`;
const tools = [
  { name: 'read-file', description: 'Reads <one> file.', inputSchema: { type: 'object' } },
  { name: 'secret-tool', inputSchema: { type: 'object' } },
];

function start(files: Readonly<Record<string, string>> = {}) {
  const folder = makeFolder({ 'servers.yaml': yaml, ...files });
  const { servers } = parseConfig(yaml, join(folder, 'servers.yaml'));
  const server = servers.find(({ name }) => name === 'files');
  const locked = {
    entry: entryHash(server as never),
    era: 'modern' as const,
    serverInfo: { name: 'files', title: 'Files of the team', version: '1' },
    capabilities: { tools: {} },
    toolHashes: hashesOf(tools),
    tools,
  };
  writeFileSync(join(folder, 'servers.lock.json'), renderLockFile({ files: locked }));
  const run = (...args: string[]) => runCli(['connect', ...args], { folder });
  return { folder, run, read: () => readFileSync(join(folder, 'page.html'), 'utf8') };
}

const at = ['--html', 'page.html', '--url', 'https://mcp.example.com'];

test('writes one page of all servers that have a path', async () => {
  const { run, read } = start();
  expect(await run(...at)).toEqual({
    code: 0,
    out: ['Wrote page.html: notes, keyed, files, team.'],
    err: [],
  });
  const page = read();
  for (const name of ['notes', 'keyed', 'files', 'team']) {
    expect(page).toContain(`<a href="#${name}">`);
    expect(page).toContain(`>https://mcp.example.com/${name}/mcp<`);
  }
  expect(page).toContain('Notes &lt;b&gt;');
  expect(page).not.toMatch(/hidden\/mcp|off\/mcp|#hidden|#off/);
  expect(page.match(/<h1>/g)).toHaveLength(1);
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test('has the tools of servers.lock.json, as the host would publish them', async () => {
  const { run, read } = start();
  await run(...at);
  expect(read()).toContain('<bdi>Files of the team</bdi></h2>');
  expect(read()).toContain('<bdi>read-file</bdi>');
  expect(read()).toContain('Reads &lt;one&gt; file.');
  expect(read()).not.toContain('secret-tool');
  expect(read()).toContain('Not known here. Your client lists them when it connects.');
});

test('says how to get the key, and no link has one', async () => {
  const { run, read } = start();
  await run(...at);
  expect(read()).toContain('A key of the Functions app, in the header');
  expect(read()).toContain('In Cursor, LM Studio and Kiro, add the header');
  const links = [...read().matchAll(/href="([^#"][^"]*)"/g)].map(([, link]) => String(link));
  expect(links).toHaveLength(26);
  for (const link of links) expect(decodeURIComponent(link)).not.toMatch(/<key>|MCP_FUNCTION_KEY/);
});

test('the file needs nothing else: its policy stands in it', async () => {
  const { run, read } = start();
  await run(...at);
  expect(read()).toMatch(
    /<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; style-src &#39;sha256-/,
  );
  // Browsers complain about it there.
  expect(read()).not.toContain('frame-ancestors');
  expect(read()).not.toMatch(/ src=|<link|url\(|@import/);
});

test('a page of this command is replaced, and every other file stays', async () => {
  const { run, folder, read } = start();
  await run(...at);
  const before = read();
  expect((await run(...at)).code).toBe(0);
  expect(read()).toBe(before);
  writeFileSync(join(folder, 'page.html'), '<p>mine');
  const { code, err } = await run(...at);
  expect({ code, err, text: read() }).toEqual({
    code: 1,
    err: [
      'mcp-host: page.html exists and was not written by this command; nothing was changed. Fix: name another file, or delete this one',
    ],
    text: '<p>mine',
  });
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test.each([
  [['--html', 'page.html'], '--html needs the address of the host: --url URL, or --azd'],
  [[...at, '--azd'], '--html needs the address of the host: --url URL, or --azd'],
  [['--html=', '--url', 'https://x.example'], '--html: expected the name of a file, got none'],
  [['--html', 'page.html', '--url', 'x.example'], 'Fix: write "https://x.example"'],
  [['--html', 'page.html', '--url', 'https://x.example/path'], '--url: expected'],
  [['copilot-studio', ...at], "Unexpected argument 'copilot-studio'"],
  [[...at, '--shell', 'sh'], "Unknown option '--shell'"],
])('%j is refused', async (args, said) => {
  const { run, folder } = start();
  const { code, err } = await run(...args);
  expect(code).toBe(2);
  expect(err[0]).toContain(said);
  expect(readdirSync(folder)).not.toContain('page.html');
});

test.each([
  ['. is a folder', ['--html', '.', '--url', 'https://x.example'], {}],
  [
    'no enabled server has a path',
    at,
    { 'servers.yaml': 'servers: { a: { module: ./a.js, enabled: false } }' },
  ],
])('%s', async (said, args, files) => {
  const { run } = start(files);
  const { code, err } = await run(...args);
  expect(code).toBe(1);
  expect(err[0]).toContain(said);
  expect(err[0]).toContain('Fix: ');
});

describe.skipIf(lacksShell)('with --azd', () => {
  test('has the address, the client id and the scopes of the deployment', async () => {
    const values = {
      SERVICE_MCP_URI: 'https://func-x.azurewebsites.net',
      MCP_CLIENT_ID: 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee',
    };
    const cases = Object.entries(values).map(([name, value]) => `${name}) echo ${value};;`);
    const { folder, read } = start({
      'bin/azd': `#!/bin/sh\ncase "$3" in ${cases.join(' ')} *) exit 1;; esac\n`,
    });
    chmodSync(join(folder, 'bin/azd'), 0o755);
    const env = { PATH: `${join(folder, 'bin')}:/usr/bin:/bin` };
    const { code, err } = await runCli(['connect', '--html', 'page.html', '--azd'], {
      folder,
      env,
    });
    expect({ code, err }).toEqual({ code: 0, err: [] });
    expect(read()).toContain('https://func-x.azurewebsites.net/notes/mcp/mcp.notes');
    expect(read()).toContain(
      `Client id for clients that ask for one: <code>${values.MCP_CLIENT_ID}`,
    );
  });
});
