// mcp-host mcp-json: which entries are printed for which target, what is refused, and the committed
// .vscode/mcp.json.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${…} is what clients fill in.

import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clients } from '../../clients/clients.ts';
import { goodServers, makeFolder, runCli } from './run-cli.ts';

const url = 'https://app.azurewebsites.net';
const known = `Known: ${Object.keys(clients).join(', ')}`;

async function print(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const folder = makeFolder({ 'servers.yaml': goodServers });
  const { code, out, err } = await runCli(['mcp-json', ...args], { folder, env });
  return { code, err, file: code === 0 ? JSON.parse(out.join('\n')) : undefined };
}

describe('mcp-json', () => {
  test('prints entries of enabled servers for the local targets, without keys', async () => {
    const { file, err } = await print(['--target', 'local', '--target', 'func']);
    expect(err).toEqual([]);
    expect(file).toEqual({
      servers: {
        'notes-local': { type: 'http', url: 'http://127.0.0.1:3000/notes/mcp' },
        'tasks-local': { type: 'http', url: 'http://127.0.0.1:3000/tasks/mcp' },
        'notes-func': { type: 'http', url: 'http://localhost:7071/notes/mcp' },
        'tasks-func': { type: 'http', url: 'http://localhost:7071/tasks/mcp' },
      },
    });
  });

  test('takes the local port from PORT', async () => {
    const { file } = await print(['--target', 'local'], { PORT: '8080' });
    expect(file.servers.notes.url).toBe('http://127.0.0.1:8080/notes/mcp');
  });

  test('asks VS Code users for the key, for servers that check it only', async () => {
    const { file } = await print(['--target', 'remote', '--url', `${url}/`]);
    expect(file).toEqual({
      servers: {
        notes: {
          type: 'http',
          url: `${url}/notes/mcp`,
          headers: { 'x-functions-key': '${input:mcp-function-key}' },
        },
        tasks: { type: 'http', url: `${url}/tasks/mcp` },
      },
      inputs: [
        {
          type: 'promptString',
          id: 'mcp-function-key',
          description: expect.any(String),
          password: true,
        },
      ],
    });
  });

  test('asks VS Code users for the app while no address is given', async () => {
    const { file } = await print(['--target', 'remote']);
    expect(file.servers.tasks).toEqual({
      type: 'http',
      url: 'https://${input:mcp-function-app}.azurewebsites.net/tasks/mcp',
    });
    expect(file.inputs).toMatchObject([{ id: 'mcp-function-app' }, { id: 'mcp-function-key' }]);
  });

  test('names a variable for the key in the mcpServers form, and says so', async () => {
    const args = ['--target', 'apim', '--url', 'https://x.azure-api.net', '--client', 'other'];
    const { file, err } = await print(args);
    expect(Object.keys(file)).toEqual(['mcpServers']);
    expect(file.mcpServers.notes.headers).toEqual({
      'x-functions-key': '${MCP_FUNCTION_KEY}',
    });
    expect(err).toEqual([
      'Set the environment variable MCP_FUNCTION_KEY to the key of the app, for other clients that read "mcpServers".',
    ]);
    expect((await print(['--target', 'local', '--client', 'other'])).err).toEqual([]);
  });

  test.each([
    [[], '--target is needed: local, func, remote, apim'],
    [['--target', 'azure'], '--target: expected local, func, remote, apim, got "azure"'],
    [['--target', 'remote', '--client', 'other'], '--target remote needs --url'],
    [
      ['--azd', '--target', 'remote'],
      '--azd cannot be used with --target or --url, because it sets both',
    ],
    [['--azd', '--url', url], '--azd cannot be used with --target or --url, because it sets both'],
    [['--target', 'apim'], '--target apim needs --url'],
    [['--target', 'local', '--form', 'vscode'], "Unknown option '--form'"],
    [
      ['--target', 'local', '--format', 'toml'],
      '--format: expected entry, file, link, command, got "toml"',
    ],
    [
      ['--target', 'local', '--client', 'curser'],
      `--client: unknown client "curser", did you mean "cursor"?`,
    ],
    [
      ['--target', 'local', '--client', 'claude'],
      `--client: unknown client "claude", did you mean "claude-code" or "claude-desktop"?`,
    ],
    [
      ['--target', 'local', '--client', 'constructor'],
      `--client: unknown client "constructor". ${known}`,
    ],
    [['--target', 'local', '--target', 'remote', '--url', url], '--url needs exactly one --target'],
    [
      ['--target', 'local', '--write', 'a', '--check', 'a'],
      '--write and --check cannot be used together',
    ],
    [['--target', 'local', '--project'], '--project needs --write or --check'],
    [['--target', 'local', '--project', '--format', 'file'], '--project needs --write or --check'],
  ])('refuses %j as wrong use', async (args, message) => {
    const { code, err } = await print(args);
    expect(code).toBe(2);
    expect(err[0]).toBe(`mcp-host: ${message}`);
  });

  test.each([
    [
      'app.azurewebsites.net',
      '"app.azurewebsites.net". Fix: write "https://app.azurewebsites.net"',
    ],
    ['http://app.example', '"http://app.example". Fix: write "https://app.example"'],
    [`${url}/weather/mcp`, `"${url}/weather/mcp". Fix: write "${url}"`],
    [`${url}?code=k`, `"${url}?code=k". Fix: write "${url}"`],
    [
      'https://me:hunter2@app.example',
      'an address with credentials. Fix: write "https://app.example"',
    ],
    ['ftp://app.example', '"ftp://app.example". Fix: write only the scheme and host'],
  ])('refuses the address %s', async (address, text) => {
    const { code, err } = await print(['--target', 'remote', '--url', address]);
    expect(code).toBe(2);
    expect(err[0]).toBe(
      `mcp-host: --url: expected an https origin such as "https://mcp.example.com" (http for this machine only), got ${text}`,
    );
  });

  test('cannot know the address of a free port', async () => {
    expect((await print(['--target', 'local'], { PORT: '0' })).code).toBe(2);
  });
});

describe('mcp-json with a file', () => {
  const args = ['mcp-json', '--target', 'local'];

  test('writes it, finds it fresh, and names what differs later', async () => {
    const folder = makeFolder({ 'servers.yaml': goodServers });
    const file = '.vscode/mcp.json';
    const write = () => runCli([...args, '--write', file], { folder });
    const check = (env: NodeJS.ProcessEnv = {}) =>
      runCli([...args, '--check', file], { folder, env });
    expect(await check()).toEqual({
      code: 1,
      out: [],
      err: [
        `${file}: notes is missing`,
        `${file}: tasks is missing`,
        `Fix: npx --no mcp-host mcp-json --target local --write ${file}`,
      ],
    });
    expect((await write()).out).toEqual([`Wrote ${file}: notes, tasks.`]);
    expect(await check()).toEqual({ code: 0, out: [`${file} is up to date.`], err: [] });
    expect((await write()).out).toEqual([`${file} is up to date.`]);
    expect((await check({ PORT: '4000' })).err[0]).toBe(`${file}: notes has another address`);
  });

  test('leaves a file alone that is no JSON', async () => {
    const folder = makeFolder({ 'servers.yaml': goodServers, 'mcp.json': '{\n  "servers": {' });
    expect(await runCli([...args, '--write', 'mcp.json'], { folder })).toEqual({
      code: 1,
      out: [],
      err: [
        'mcp-host: mcp.json: expected JSON, got CloseBraceExpected at line 2; nothing was changed. Fix: correct that line',
      ],
    });
    expect(readFileSync(join(folder, 'mcp.json'), 'utf8')).toBe('{\n  "servers": {');
  });

  const local = '--target local';
  const remote = `--target remote --url ${url}`;
  const itsQuoted = process.platform === 'win32' ? `'it''s.json'` : `'it'\\''s.json'`;
  const yourself = 'and put these into the file yourself';
  test.each([
    ['vscode', local, ['a b.json'], `Fix: … ${local} --write 'a b.json'`],
    ['vscode', local, ["it's.json"], `Fix: … ${local} --write ${itsQuoted}`],
    ['vscode', local, ['--check.json'], `Fix: … ${local} --write=--check.json`],
    ['cursor', local, ['', '--project'], `Fix: … --client cursor ${local} --project --write`],
    ['windsurf', local, ['x'], `Fix: … --client windsurf ${local}, ${yourself}`],
    ['copilot-cli', remote, ['x'], `Fix: … --client copilot-cli ${remote}, ${yourself}`],
    ['copilot-cli', local, ['x'], `Fix: … --client copilot-cli ${local} --write x`],
  ])('--check tells %s with %s a fix that works: %j', async (client, target, more, fix) => {
    const folder = makeFolder({ 'servers.yaml': goodServers });
    const named = client === 'vscode' ? [] : ['--client', client];
    const [file, ...rest] = more;
    const words = ['mcp-json', ...named, ...target.split(' '), ...rest];
    const last = (list: readonly string[]) => list.at(-1)?.replace(/npx .* mcp-json/, '…');
    const check = file === '' ? '--check' : `--check=${file}`;
    expect(last((await runCli([...words, check], { folder })).err)).toBe(fix);
  });

  test('--check of a closed TOML name tells what --write asks for', async () => {
    const toml = '[mcp_servers.notes]\ncommand = "x"\n';
    const folder = makeFolder({ 'servers.yaml': goodServers, toml });
    const { err } = await runCli([...args, '--client', 'codex', '--check', 'toml'], { folder });
    expect(err.at(-1)).toBe(
      'Fix: delete or rename those tables, then npx --no mcp-host mcp-json --client codex --target local --write toml',
    );
  });

  test('--check never writes', async () => {
    const folder = makeFolder({ 'servers.yaml': goodServers });
    await runCli([...args, '--check', 'mcp.json'], { folder });
    expect(existsSync(join(folder, 'mcp.json'))).toBe(false);
  });
});

describe.skipIf(process.platform === 'win32')('mcp-json --azd', () => {
  /** An azd that knows one address, or says what is wrong. */
  function folderWithAzd(script: string): { folder: string; env: NodeJS.ProcessEnv } {
    const folder = makeFolder({ 'servers.yaml': goodServers, 'bin/azd': `#!/bin/sh\n${script}\n` });
    chmodSync(join(folder, 'bin/azd'), 0o755);
    return { folder, env: { PATH: `${join(folder, 'bin')}:/usr/bin:/bin` } };
  }

  test('takes the address from the azd environment', async () => {
    const place = folderWithAzd(
      `test "$*" = "env get-value SERVICE_MCP_URI --no-prompt" && echo ${url}`,
    );
    const { code, out } = await runCli(['mcp-json', '--azd'], place);
    expect(code).toBe(0);
    expect(JSON.parse(out.join('\n')).servers.notes.url).toBe(`${url}/notes/mcp`);
  });

  test('takes the address of API Management when there is one', async () => {
    const place = folderWithAzd(
      `case "$3" in APIM_GATEWAY_URL) echo https://apim.azure-api.net;; *) echo ${url};; esac`,
    );
    const { code, out } = await runCli(['mcp-json', '--azd'], place);
    const { servers } = JSON.parse(out.join('\n'));
    expect({ code, url: servers.notes.url }).toEqual({
      code: 0,
      url: 'https://apim.azure-api.net/notes/mcp',
    });
  });

  test('puts it into entries that asked for it, and takes out those of servers that are gone', async () => {
    const { folder, env } = folderWithAzd(`test "$3" = SERVICE_MCP_URI && echo ${url}`);
    await runCli(['mcp-json', '--target', 'remote', '--write', 'mcp.json'], { folder });
    writeFileSync(join(folder, 'servers.yaml'), goodServers.replace('tasks:', 'jobs:'));
    await runCli(['mcp-json', '--azd', '--write', 'mcp.json'], { folder, env });
    const { servers } = JSON.parse(readFileSync(join(folder, 'mcp.json'), 'utf8'));
    expect(
      Object.entries(servers).map(([name, entry]) => [name, (entry as { url: string }).url]),
    ).toEqual([
      ['notes', `${url}/notes/mcp`],
      ['jobs', `${url}/jobs/mcp`],
    ]);
  });

  test.each([
    [
      'echo "ERROR: no environment" >&2; exit 1',
      'azd env get-value SERVICE_MCP_URI: ERROR: no environment. Fix: run azd provision',
    ],
    ['exit 0', 'azd env get-value SERVICE_MCP_URI: no value. Fix: run azd provision'],
  ])('says what is missing: %s', async (script, message) => {
    const { code, err } = await runCli(['mcp-json', '--azd'], folderWithAzd(script));
    expect({ code, err }).toEqual({ code: 1, err: [`mcp-host: ${message}`] });
  });

  test('says when there is no azd', async () => {
    const folder = makeFolder({ 'servers.yaml': goodServers });
    const { code, err } = await runCli(['mcp-json', '--azd'], { folder, env: { PATH: folder } });
    expect({ code, err }).toEqual({
      code: 1,
      err: ['mcp-host: azd cannot be started. Fix: install it, or give the address with --url'],
    });
  });
});

test('.vscode/mcp.json of this repository has the local, func and remote entries of every server', async () => {
  const targets = ['local', 'func', 'remote'].flatMap((target) => ['--target', target]);
  const args = ['mcp-json', ...targets, '--check', '.vscode/mcp.json'];
  expect(await runCli(args)).toEqual({
    code: 0,
    out: ['.vscode/mcp.json is up to date.'],
    err: [],
  });
});
