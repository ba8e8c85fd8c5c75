// mcp-json --client with the files of clients: what each client gets, and that a file is whole or
// untouched.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${…} is what clients fill in.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parse as parseJson } from 'jsonc-parser';
import { parse as parseToml } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { userFile } from '../../cli/client-place.ts';
import { readTarget, replaceTarget } from '../../cli/replace-file.ts';
import type { Client } from '../../clients/client.ts';
import { clients } from '../../clients/clients.ts';
import { readPersonalFolders } from '../../config/env.ts';
import { cliScript, goodServers, makeFolder, runCli } from './run-cli.ts';

const url = 'https://app.azurewebsites.net';
const remote = ['--target', 'remote', '--url', url];
const local = ['--target', 'local'];
const all = Object.entries(clients) as [string, Client][];
const openServers = goodServers.replace('./notes.js', './notes.js\n    auth: anonymous');

/** Of a file of this client, as its own format is read. */
function namesIn(text: string, { format, root }: Client): string[] {
  const parsers: Record<Client['format'], (source: string) => unknown> = {
    json: (source) => parseJson(source),
    yaml: (source) => parseYaml(source),
    toml: parseToml,
    'toml-list': parseToml,
  };
  const entries = (parsers[format](text) as Record<string, object>)[root];
  if (!Array.isArray(entries)) return Object.keys(entries ?? {});
  return entries.map(({ name }) => name);
}

function start(files: Readonly<Record<string, string | Buffer>> = {}, servers = goodServers) {
  const folder = makeFolder({ 'servers.yaml': servers });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const run = (client: string, ...args: string[]) =>
    runCli(['mcp-json', '--client', client, ...args], { folder, env: { HOME: folder } });
  return { folder, run, read: (name: string) => readFileSync(join(folder, name), 'utf8') };
}

describe('every client', () => {
  test.each(all)(
    '%s: the file holds what it prints, and a second writing changes nothing',
    async (id, client) => {
      const { run, read } = start({}, openServers);
      const printed = (await run(id, ...local)).out.join('\n');
      expect(namesIn(printed, client)).toEqual(['notes', 'tasks']);
      expect(printed).toContain('http://127.0.0.1:3000/notes/mcp');
      const written = await run(id, ...local, '--write', 'file');
      if (client.unverified !== undefined) {
        expect(written).toMatchObject({ code: 1, out: printed.split('\n') });
        return;
      }
      expect(written.out).toEqual(['Wrote file: notes, tasks.']);
      expect(read('file').trim()).toBe(printed.trim());
      expect((await run(id, ...local, '--check', 'file')).code).toBe(0);
      expect((await run(id, ...local, '--write', 'file')).out).toEqual(['file is up to date.']);
    },
  );

  test.each(all)(
    '%s: where no placeholder is known, an entry that needs a key is printed only',
    async (id, { keyPlaceholder, unverified }) => {
      const { run, folder } = start();
      const { code, out } = await run(id, ...remote, '--write', 'file');
      const isWritten = keyPlaceholder !== undefined && unverified === undefined;
      expect({ code, files: readdirSync(folder).includes('file') }).toEqual({
        code: isWritten ? 0 : 1,
        files: isWritten,
      });
      if (keyPlaceholder === undefined) expect(out.join('\n')).toContain('<key>');
    },
  );

  test.each(all)(
    '%s: links and commands decode to the entry, and have no key',
    async (id, client) => {
      const { run } = start();
      for (const format of ['link', 'command']) {
        const { code, out, err } = await run(id, ...remote, '--format', format);
        const isKnown = format === 'link' ? client.links && id !== 'goose' : client.command;
        expect(code).toBe(isKnown ? 0 : 1);
        if (!isKnown) expect(err[0]).toContain('Fix: use --format file');
        expect(out.join('\n')).not.toContain('<');
      }
    },
  );
});

describe('links of goose', () => {
  const problem = (names: string) =>
    `no link for ${names}: the links of goose do not work for servers that need a key or sign-in. Fix: use --format file for them`;

  test('leave out servers that need a key or sign-in, and say so', async () => {
    const { run } = start({}, openServers);
    const { code, out, err } = await run('goose', ...local, '--format', 'link');
    expect({ code, err }).toEqual({ code: 0, err: [`goose: ${problem('tasks')}`] });
    expect(out).toEqual([expect.stringContaining('name=notes&')]);
  });

  test('are refused if all servers need a key or sign-in', async () => {
    const { run } = start();
    expect(await run('goose', ...remote, '--format', 'link')).toEqual({
      code: 1,
      out: [],
      err: [`mcp-host: ${problem('notes, tasks')}`],
    });
  });
});

test.each([
  [
    'vscode',
    'https://vscode.dev/redirect/mcp/install?',
    { type: 'http', headers: { 'x-functions-key': '${input:mcp-function-key}' } },
  ],
  ['cursor', 'https://cursor.com/en/install-mcp?', {}],
  ['lm-studio', 'https://lmstudio.ai/install-mcp?', {}],
])('the link of %s carries name and entry', async (id, start_, more) => {
  const { run } = start();
  const { out } = await run(id, ...remote, '--format', 'link');
  const link = new URL(out.find((line) => line.startsWith(start_)) ?? '');
  expect(link.searchParams.get('name')).toBe('notes');
  const config = link.searchParams.get('config') ?? '';
  const text = config.startsWith('{') ? config : Buffer.from(config, 'base64').toString();
  expect(JSON.parse(text)).toEqual({ url: `${url}/notes/mcp`, ...more });
});

describe('a file in the way', () => {
  const bad: [string, string, string | Buffer, string][] = [
    [
      'invalid UTF-8',
      'cursor',
      Buffer.from([0x7b, 0xff, 0x7d]),
      'file is not UTF-8 text; nothing was changed. Fix: save it as UTF-8',
    ],
    [
      'broken JSON',
      'cursor',
      '{',
      'file: expected JSON, got CloseBraceExpected at line 1; nothing was changed. Fix: correct that line',
    ],
    [
      'a list of JSON',
      'cursor',
      '[]',
      'file: expected a JSON object; nothing was changed. Fix: name another file',
    ],
    [
      'JSON of 20,000 levels',
      'cursor',
      `{\n"x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
      'file: expected at most 500 nested lists and objects, got more at line 2; nothing was changed. Fix: name the file that the client reads',
    ],
    [
      'TOML of 20,000 levels',
      'codex',
      `x = ${'['.repeat(20_000)}${']'.repeat(20_000)}`,
      'file: expected TOML, got an error at line 1: document contains excessively nested',
    ],
    [
      'a number in place of TOML entries',
      'codex',
      'mcp_servers = 1\n',
      'file: expected "mcp_servers" to be a table; nothing was changed. Fix: delete or rename',
    ],
    ['broken TOML', 'codex', 'a = 1\nb =', 'file: expected TOML, got an error at line 2'],
    [
      'two entries of one name',
      'cursor',
      '{"mcpServers":{\n"notes":{},\n"notes":{}}}',
      'file: "notes" is there twice (lines 2 and 3); nothing was changed. Fix: delete one',
    ],
    [
      'a list in place of entries',
      'cursor',
      '{"mcpServers":[]}',
      'file: expected "mcpServers" to be an object; nothing was changed',
    ],
    [
      'a taken name',
      'cursor',
      '{"mcpServers":{"notes":{"url":"https://other.example/mcp"}}}',
      'file: notes is in the file with other content; nothing was changed. Fix: rename those entries, or repeat with --replace',
    ],
    [
      'a taken TOML name',
      'codex',
      '[mcp_servers.notes]\ncommand = "x"\n',
      'file: notes is in the file with other content; nothing was changed. Fix: delete or rename those tables, then repeat',
    ],
    [
      'a closed TOML table',
      'codex',
      'mcp_servers = { a = { url = "x" } }\n',
      'file: no table can be added to "mcp_servers"; nothing was changed. Fix: write its content as separate tables, such',
    ],
  ];
  test('foreign TOML integers of any size stay', async () => {
    const text = 'x = 9007199254740993\ny = 1\n\n[mcp_servers.theirs]\nz = -9223372036854775808\n';
    const { run, read } = start({ file: text }, openServers);
    expect((await run('codex', ...local, '--write', 'file')).out).toEqual([
      'Wrote file: notes, tasks.',
    ]);
    expect(read('file').startsWith(text)).toBe(true);
    expect((await run('codex', ...local, '--check', 'file')).code).toBe(0);
  });

  test.each(bad)('%s is refused and stays', async (_, client, content, message) => {
    const { folder, run } = start({ file: content });
    const { code, err } = await run(client, ...local, '--write', 'file');
    expect({ code, line: err[0]?.slice(0, message.length + 10) }).toEqual({
      code: 1,
      line: `mcp-host: ${message}`,
    });
    expect(err).toHaveLength(1);
    expect(readFileSync(join(folder, 'file'))).toEqual(Buffer.from(content));
    expect(readdirSync(folder).sort()).toEqual(['file', 'servers.yaml']);
  });

  test('--replace takes the name', async () => {
    const { run, read } = start({
      file: '{"mcpServers":{"notes":{"url":"https://x.example/mcp"}}}',
    });
    expect((await run('cursor', ...local, '--write', 'file', '--replace')).code).toBe(0);
    expect(JSON.parse(read('file')).mcpServers.notes.url).toBe('http://127.0.0.1:3000/notes/mcp');
  });

  test('JSON of 400 levels is kept', async () => {
    const deep = `"x":${'['.repeat(399)}${']'.repeat(399)}`;
    const { run, read } = start({ file: `{${deep}}` });
    expect((await run('cursor', ...local, '--write', 'file')).code).toBe(0);
    expect(read('file')).toContain(deep);
  });

  test('a folder, a read-only file and a link to nothing are refused', async () => {
    const { folder, run } = start({ 'read-only': '{}' });
    mkdirSync(join(folder, 'folder'));
    chmodSync(join(folder, 'read-only'), 0o444);
    symlinkSync(join(folder, 'nothing'), join(folder, 'link'));
    const says = async (file: string) => (await run('cursor', ...local, '--write', file)).err[0];
    expect(await says('folder')).toContain('folder is a folder; nothing was changed. Fix: name a');
    expect(await says('read-only')).toContain('read-only is read-only; nothing was changed. Fix:');
    expect(await says('link')).toContain('link is a link to a file that does not exist; nothing');
    expect(readdirSync(folder).sort()).toEqual(['folder', 'link', 'read-only', 'servers.yaml']);
  });

  test.skipIf(process.platform === 'win32')('a full disk leaves the old file', () => {
    const { folder, read } = start({ file: `{"padding":"${'x'.repeat(4_000)}"}` });
    const before = read('file');
    // A limit on the size of files fails in the middle of writing, as a full disk does.
    const line = 'trap "" XFSZ; ulimit -f 2; exec "$@"';
    const words = [
      process.execPath,
      cliScript,
      'mcp-json',
      '--client',
      'cursor',
      ...local,
      '--write',
      'file',
    ];
    const { status, stderr } = spawnSync('sh', ['-c', line, 'sh', ...words], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(
        /^mcp-host: file cannot be written: .*\(EFBIG\); nothing was changed\. Fix: .*\n$/,
      ),
    });
    expect(read('file')).toBe(before);
    expect(readdirSync(folder).sort()).toEqual(['file', 'servers.yaml']);
  });
});

test('an entry that asked for the app gets its address and the name of the server alone', async () => {
  const { run, read } = start();
  await run('vscode', ...local, '--target', 'remote', '--write', 'file');
  const { err } = await run('vscode', ...remote, '--check', 'file');
  expect(err[0]).toBe('file: notes is missing');
  await run('vscode', '--target', 'remote', '--write', 'file');
  const names = Object.keys(JSON.parse(read('file')).servers);
  expect(names).toEqual(['notes-local', 'tasks-local', 'notes', 'tasks']);
});

describe('whose an entry is', () => {
  const named = (name: string) => goodServers.replace('notes:', `${name}:`);
  const file = (entries: object) => JSON.stringify({ servers: entries });
  const theirs = { url: 'https://other.example/mcp' };

  test.each([
    ['notes-remote', remote],
    ['notes-local', local],
  ])('a foreign entry of the name %s is not overwritten', async (name, target) => {
    const text = file({ [name]: theirs });
    const { run, read } = start({ file: text }, named(name));
    expect(await run('vscode', ...target, '--write', 'file')).toMatchObject({
      code: 1,
      err: [
        expect.stringContaining(`file: ${name} is in the file with other content; nothing was`),
      ],
    });
    expect(read('file')).toBe(text);
  });

  test.each([
    ['foo-local', 'http://127.0.0.1:3000/their/mcp', local],
    ['foo-local', 'http://127.0.0.1:3000/foo/mcp', local],
    ['foo', 'http://127.0.0.1:3000/foo/mcp', local],
    ['notes-local', 'http://127.0.0.1:3000/their/mcp', local],
    ['foo-local', 'http://127.0.0.1:3000/their/mcp', [...local, '--target', 'func']],
    ['foo-remote', `${url}/their/mcp`, remote],
    ['foo', `${url}/their/mcp`, remote],
  ])('%s at %s stays: %j', async (name, address, target) => {
    const { run, read } = start({ file: file({ [name]: { url: address } }) });
    expect((await run('vscode', ...target, '--write', 'file')).code).toBe(0);
    expect(JSON.parse(read('file')).servers[name]).toEqual({ url: address });
  });

  test.each([
    ['notes-local', 'http://127.0.0.1:3000/notes/mcp', local, 'notes-local is called notes now'],
    [
      'foo-local',
      'http://127.0.0.1:3000/foo/mcp',
      [...local, '--target', 'func'],
      'foo-local belongs to no enabled server',
    ],
    ['foo-remote', `${url}/foo/mcp`, remote, 'foo-remote belongs to no enabled server'],
    ['foo', `${url}/foo/mcp`, remote, 'foo belongs to no enabled server'],
  ])('%s at %s goes: %j', async (name, address, target, drift) => {
    const { run, read } = start({ file: file({ [name]: { url: address } }) });
    expect((await run('vscode', ...target, '--check', 'file')).err).toContain(`file: ${drift}`);
    expect((await run('vscode', ...target, '--write', 'file')).code).toBe(0);
    expect(JSON.parse(read('file')).servers).not.toHaveProperty(name);
  });
});

test('several callers at once leave a whole file, and each says what it did', async () => {
  const { folder, read } = start({ file: '{"mcpServers":{"theirs":{"command":"x"}}}' });
  const words = [cliScript, 'mcp-json', '--client', 'cursor', ...local, '--write', 'file'];
  const runs = Array.from({ length: 4 }, async () => {
    const child = spawn(process.execPath, words, { cwd: folder });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
    await once(child, 'close');
    return said;
  });
  for (const said of await Promise.all(runs)) {
    expect(said).toMatch(/^(Wrote file|file is up to date|mcp-host: file was changed by another)/);
  }
  expect(Object.keys(JSON.parse(read('file')).mcpServers)).toEqual(['theirs', 'notes', 'tasks']);
  expect(readdirSync(folder).sort()).toEqual(['file', 'servers.yaml']);
});

test('a file that is written between reading and writing is not overwritten', () => {
  const { folder, read } = start({ file: '{}' });
  const file = join(folder, 'file');
  const found = readTarget(file);
  writeFileSync(file, '{"theirs":1}');
  expect(() => replaceTarget(file, found, '{"ours":1}')).toThrow(
    'was changed by another program in the meantime; nothing was changed. Fix: run this command again',
  );
  expect(read('file')).toBe('{"theirs":1}');
});

describe('what stays', () => {
  test('Windows line ends, and the entries after a byte order mark', async () => {
    const { run, read } = start({
      json: '\uFEFF{\r\n  "mcpServers": {}\r\n}\r\n',
      toml: '# mine\r\nmodel = "x"\r\n',
    });
    await run('cursor', ...local, '--write', 'json');
    await run('codex', ...local, '--write', 'toml');
    for (const name of ['json', 'toml'])
      expect(read(name).replaceAll('\r\n', '')).not.toContain('\n');
    expect(Object.keys(JSON.parse(read('json')).mcpServers)).toEqual(['notes', 'tasks']);
    expect(read('toml')).toMatch(/^# mine\r\nmodel = "x"\r\n\r\n\[mcp_servers\.notes\]/);
  });

  test.skipIf(process.platform === 'win32')('mode and symbolic link', async () => {
    const { folder, run, read } = start({ real: '{}' });
    chmodSync(join(folder, 'real'), 0o640);
    symlinkSync('real', join(folder, 'link'));
    await run('cursor', ...local, '--write', 'link');
    expect(lstatSync(join(folder, 'link')).isSymbolicLink()).toBe(true);
    expect(statSync(join(folder, 'real')).mode & 0o777).toBe(0o640);
    expect(JSON.parse(read('real')).mcpServers.notes).toBeDefined();
  });

  test.skipIf(process.getuid?.() !== 0)('owner and group of a file of another person', async () => {
    const { folder, run } = start({ file: '{}', group: '{}' });
    chownSync(join(folder, 'file'), 4_321, 8_765);
    chownSync(join(folder, 'group'), 0, 8_765);
    for (const [name, owner] of [
      ['file', { uid: 4_321, gid: 8_765 }],
      ['group', { uid: 0, gid: 8_765 }],
    ] as const) {
      expect((await run('cursor', ...local, '--write', name)).code).toBe(0);
      expect(statSync(join(folder, name))).toMatchObject(owner);
    }
  });

  test('a key that someone put where the client has no placeholder', async () => {
    const { run } = start({
      file: JSON.stringify({
        mcpServers: {
          notes: { url: `${url}/notes/mcp`, headers: { 'x-functions-key': 'typed-in' } },
          tasks: { url: `${url}/tasks/mcp` },
        },
      }),
    });
    expect(await run('lm-studio', ...remote, '--check', 'file')).toMatchObject({
      code: 0,
      err: [],
    });
  });

  test('the choice of tools in Copilot CLI', async () => {
    const { folder, run, read } = start({}, openServers);
    await run('copilot-cli', ...local, '--write', 'file');
    const file = JSON.parse(read('file'));
    expect(file.mcpServers.notes.tools).toEqual(['*']);
    // The file of a project has no such member.
    for (const words of [
      ['--project', '--write'],
      ['--write', '.mcp.json'],
    ]) {
      await run('copilot-cli', ...local, ...words);
      expect(JSON.parse(read('.mcp.json')).mcpServers.notes).not.toHaveProperty('tools');
      rmSync(join(folder, '.mcp.json'));
    }
    const { run: again } = start(
      {
        file: JSON.stringify({
          mcpServers: { ...file.mcpServers, notes: { ...file.mcpServers.notes, tools: ['one'] } },
        }),
      },
      openServers,
    );
    expect((await again('copilot-cli', ...local, '--check', 'file')).code).toBe(0);
  });
});

test('a name that Claude Code keeps for itself is refused', async () => {
  const { run } = start({}, goodServers.replace('notes:', 'workspace:'));
  expect((await run('claude-code', ...local)).err).toEqual([
    'mcp-host: Claude Code keeps the name "workspace" for itself; nothing was changed. Fix: rename the server in servers.yaml',
  ]);
});

test('a server may be called like a member of every object', async () => {
  const { run } = start({ file: '{}', toml: '' }, goodServers.replace('notes:', 'constructor:'));
  // An empty object has this member already, but not as an entry.
  for (const [client, file] of [
    ['cursor', 'file'],
    ['codex', 'toml'],
  ] as const) {
    const { code, err } = await run(client, ...local, '--check', file);
    expect({ code, err: err.join('\n') }).toEqual({
      code: 1,
      err: expect.stringContaining('constructor'),
    });
  }
  expect((await run('cursor', ...local, '--write', 'file')).out).toEqual([
    'Wrote file: constructor, tasks.',
  ]);
  expect((await run('codex', ...local, '--write', 'toml')).out).toEqual([
    'Wrote toml: constructor, tasks.',
  ]);
});

test('without FILE the file of the user is written, or with --project that of the folder', async () => {
  const { run, read } = start();
  expect((await run('claude-code', ...local, '--write')).out[0]).toContain('.claude.json: ');
  expect(JSON.parse(read('.claude.json')).mcpServers.notes).toBeDefined();
  expect((await run('claude-code', ...local, '--project', '--write')).out[0]).toBe(
    'Wrote .mcp.json: notes, tasks.',
  );
  expect((await run('other', ...local, '--write')).err[0]).toContain(
    'no file on this system is known',
  );
});

test.skipIf(process.platform === 'win32').each([
  ['vscode', 'linux', '/home/me/.config/Code/User/mcp.json'],
  ['vscode', 'darwin', '/home/me/Library/Application Support/Code/User/mcp.json'],
  ['vscode', 'win32', '/roaming/Code/User/mcp.json'],
  ['claude-desktop', 'linux', undefined],
  ['codex', 'linux', '/home/me/.codex/config.toml'],
  ['zed', 'darwin', undefined],
] as const)('the file of %s on %s', (id, platform, expected) => {
  const source = { HOME: '/home/me', USERPROFILE: '/home/me', APPDATA: '/roaming' };
  expect(userFile(clients[id], readPersonalFolders(source, platform))).toBe(expected);
  const moved = readPersonalFolders({ ...source, CODEX_HOME: '/c' }, platform);
  if (id === 'codex') expect(userFile(clients[id], moved)).toBe('/c/config.toml');
});
