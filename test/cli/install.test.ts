// mcp-host install and uninstall: what a person sees, what each client's file holds, and that every other byte stays.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${…} is what clients fill in.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { parse as parseJson } from 'jsonc-parser';
import { parse as parseToml } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { userFile } from '../../cli/client-place.ts';
import type { Client } from '../../clients/client.ts';
import { clients } from '../../clients/clients.ts';
import { webClients } from '../../clients/web-clients.ts';
import { readPersonalFolders } from '../../config/env.ts';
import { cliScript, goodServers, makeFolder, runCli } from './run-cli.ts';

const url = 'https://app.azurewebsites.net';
const remote = ['--url', url];
const openServers = goodServers.replace('./notes.js', './notes.js\n    auth: anonymous');
const all = Object.entries(clients) as [string, Client][];
/** Those with a file on this system that may be written. */
const written = all.filter(
  ([, client]) => client.unverified === undefined && placeIn('/', client) !== undefined,
);

function placeIn(home: string, client: Client): string | undefined {
  return userFile(client, readPersonalFolders({ HOME: home, USERPROFILE: home }));
}

/** A person with a project and these files at home. */
function start(files: Readonly<Record<string, string>> = {}, servers = goodServers) {
  const home = makeFolder(files);
  const folder = makeFolder({ 'servers.yaml': servers });
  const env = { HOME: home, USERPROFILE: home };
  const run = (args: readonly string[], answer?: (question: string) => string) =>
    runCli(args, { folder, env, ...(answer && { answer }) });
  const fileOf = (id: string) => placeIn(home, clients[id as keyof typeof clients]) ?? '';
  return {
    home,
    folder,
    env,
    fileOf,
    run,
    install: (...args: string[]) => run(['install', ...args]),
    uninstall: (...args: string[]) => run(['uninstall', ...args]),
    read: (name: string) => readFileSync(join(home, name), 'utf8'),
    readOf: (id: string) => readFileSync(fileOf(id), 'utf8'),
    put: (id: string, text: string) => {
      mkdirSync(dirname(fileOf(id)), { recursive: true });
      writeFileSync(fileOf(id), text);
    },
  };
}

type Values = Record<string, Record<string, Record<string, unknown>>>;

/** Entries by name, as the format's own parser reads them. */
function entriesIn(text: string, { format, root }: Client): Record<string, unknown> {
  const parsers: Record<Client['format'], (source: string) => unknown> = {
    json: (source) => parseJson(source),
    yaml: (source) => parseYaml(source),
    toml: parseToml,
    'toml-list': parseToml,
  };
  const entries = (parsers[format](text) as Values)[root] ?? {};
  if (!Array.isArray(entries)) return entries;
  return Object.fromEntries(entries.map((entry) => [entry.name, entry]));
}

/** Files that their owners have written, by format: {} stands where entries belong. */
const owned: Readonly<Record<Client['format'], (root: string) => readonly string[]>> = {
  json: (root) => [
    `{"${root}":{}}`,
    '{\n  "theme": "dark" // mine\n}',
    `{\n\t"${root}": {\n\t\t// one\n\t\t"theirs": { "command": "x", "args": [] }, // two\n\t},\n\t"more": [1, 2],\n}\n`,
    `{\r\n  "${root}": {\r\n    "theirs": {}\r\n  }\r\n}\r\n`,
    `{"a": 1, "${root}": {"theirs": {"url": "https://their.example/mcp"}}}`,
  ],
  toml: (root) => [
    'model = "x"',
    `# mine\r\nmodel = "x"\r\n\r\n[${root}.theirs]\r\ncommand = "x" # one\r\n\r\n# two\r\n`,
    `[${root}.theirs]\ncommand = "x"\nargs = [\n  "[a]",\n]\n\n\n`,
  ],
  'toml-list': (root) => [
    'model = "x"',
    `[[${root}]]\nname = "theirs"\nurl = "x" # one\n\n[${root}.headers]\na = "b"\n\n# two\n`,
  ],
  yaml: (root) => [
    `# mine\n${root}:\n  developer:\n    enabled: true # yes\n\nGOOSE_MODEL: x\n`,
    `${root}:\r\n    developer: { enabled: true }\r\n`,
    'GOOSE_MODEL: x # mine\n',
    `${root}:\n  developer:\n    enabled: true`,
  ],
};

describe.each(written)('%s', (id, client) => {
  test.each(owned[client.format](client.root))(
    'install adds the entries to %j, and uninstall gives back every byte',
    async (text) => {
      const { install, uninstall, put, readOf } = start({}, openServers);
      put(id, text);
      const before = entriesIn(text, client);
      expect(await install('--client', id)).toMatchObject({ code: 0, err: [] });
      const entries = entriesIn(readOf(id), client);
      expect(entries).toMatchObject(before);
      expect(Object.keys(entries)).toEqual([...Object.keys(before), 'notes', 'tasks']);
      expect(JSON.stringify(entries.notes)).toContain('http://127.0.0.1:3000/notes/mcp');
      expect((await install('--client', id, '--check')).code).toBe(0);
      expect((await install('--client', id)).out[0]).toContain('is up to date.');
      expect(await uninstall('--client', id)).toMatchObject({ code: 0, err: [] });
      expect(readOf(id)).toBe(text);
    },
  );

  test('a broken file is named in one line, and stays', async () => {
    const { install, put, readOf, fileOf } = start({}, openServers);
    put(id, '{ [ "');
    const { code, out, err } = await install('--client', id);
    expect({ code, out, lines: err.length }).toEqual({ code: 1, out: [], lines: 1 });
    expect(err[0]).toMatch(/: expected (JSON|TOML|YAML), got .* nothing was changed\. Fix: /);
    expect(err[0]).toContain(fileOf(id));
    expect(readOf(id)).toBe('{ [ "');
  });

  test('the key of an entry is a placeholder, or the entry is printed', async () => {
    const { install, fileOf } = start();
    const { code, out, err } = await install('--client', id, ...remote, 'notes');
    const isWritten = client.keyPlaceholder !== undefined;
    expect({ code, isThere: existsSync(fileOf(id)) }).toEqual({
      code: isWritten ? 0 : 1,
      isThere: isWritten,
    });
    if (isWritten) {
      expect(readFileSync(fileOf(id), 'utf8')).toContain(client.keyPlaceholder);
      return;
    }
    expect(entriesIn(out.join('\n'), client)).toHaveProperty('notes');
    expect(out.join('\n')).toContain('<key>');
    expect(err.at(-1)).toContain('Nothing was written. Fix: put the entries above into');
  });
});

const unwritten = all.filter(([id]) => !written.some(([each]) => each === id));

test.each(unwritten)('%s is printed with the place where it belongs', async (id, client) => {
  const { home, install } = start({}, openServers);
  const { code, out, err } = await install('--client', id);
  expect(code).toBe(1);
  expect(Object.keys(entriesIn(out.join('\n'), client))).toEqual(['notes', 'tasks']);
  expect(err).toEqual([
    expect.stringMatching(
      /: .*\. Nothing was written\. Fix: put the entries above into .* yourself$/,
    ),
  ]);
  expect(readdirSync(home)).toEqual([]);
});

test.each(Object.entries(webClients))('%s is what a person enters', async (id, { title, key }) => {
  const { install } = start();
  const { code, out, err } = await install('--client', id, ...remote, 'notes');
  expect({ code, err }).toEqual({
    code: 1,
    err: [`${title} has no file on this machine. Fix: Enter this there yourself`],
  });
  expect(out.join('\n')).toContain(`${url}/notes/mcp`);
  expect(out.at(-1)).toContain(key ?? `${title} sends no key`);
});

describe('the file of the client', () => {
  test('is made where there is none, and keeps an empty map without the entries', async () => {
    const { install, uninstall, read } = start();
    await install('--client', 'cursor');
    expect(Object.keys(parseJson(read('.cursor/mcp.json')).mcpServers)).toEqual(['notes', 'tasks']);
    await uninstall('--client', 'cursor');
    expect(read('.cursor/mcp.json')).toBe('{\n  "mcpServers": {}\n}\n');
  });

  test('with --project is the one of the folder', async () => {
    const { install, uninstall, folder, home } = start();
    expect((await install('--client', 'cursor', '--project')).out[0]).toBe(
      'Wrote .cursor/mcp.json: notes, tasks.',
    );
    expect(readdirSync(home)).toEqual([]);
    await uninstall('--client', 'cursor', '--project');
    expect(readFileSync(join(folder, '.cursor/mcp.json'), 'utf8')).not.toContain('notes');
  });

  test('that is read-only stays, and is named', async () => {
    const { install, uninstall, put, fileOf } = start();
    put('cursor', '{}');
    await install('--client', 'cursor');
    const text = readFileSync(fileOf('cursor'), 'utf8');
    chmodSync(fileOf('cursor'), 0o444);
    for (const run of [
      () => install('--client', 'cursor', ...remote, '--replace'),
      () => uninstall('--client', 'cursor'),
    ]) {
      expect(await run()).toMatchObject({
        code: 1,
        err: [expect.stringContaining('mcp.json is read-only; nothing was changed. Fix: ')],
      });
    }
    expect(readFileSync(fileOf('cursor'), 'utf8')).toBe(text);
    expect(statSync(fileOf('cursor')).mode & 0o777).toBe(0o444);
  });

  test('gets the servers that are named, and no other entry changes', async () => {
    const { install, uninstall, readOf } = start();
    const names = () => Object.keys(parseJson(readOf('cursor')).mcpServers);
    await install('--client', 'cursor', ...remote);
    await install('--client', 'cursor', 'tasks', ...remote, '--replace');
    expect(names()).toEqual(['notes', 'tasks']);
    await uninstall('--client', 'cursor', 'notes', ...remote);
    expect(names()).toEqual(['tasks']);
    expect((await install('--client', 'cursor', 'note')).err[0]).toBe(
      'mcp-host: unknown server "note", did you mean "notes"?',
    );
  });

  test('VS Code keeps a question that another entry asks, and loses ours', async () => {
    const { install, uninstall, put, readOf } = start();
    const theirs = '{"servers":{"theirs":{"url":"https://x.example/${input:mcp-function-key}"}}}';
    put('vscode', theirs);
    await install('--client', 'vscode', ...remote);
    await uninstall('--client', 'vscode', ...remote);
    expect(parseJson(readOf('vscode'))).toMatchObject({
      ...parseJson(theirs),
      inputs: [{ id: 'mcp-function-key' }],
    });
    const text =
      '{\n  "servers": {\n    "theirs": {}\n  },\n  "inputs": [\n    { "id": "a" }\n  ]\n}\n';
    put('vscode', text);
    await install('--client', 'vscode', ...remote);
    expect(parseJson(readOf('vscode')).inputs).toHaveLength(2);
    await uninstall('--client', 'vscode', ...remote);
    expect(readOf('vscode')).toBe(text);
  });
});

describe('uninstall takes out what is ours by name and address', () => {
  const file = (entries: object) => JSON.stringify({ mcpServers: entries });
  const at = (address: string) => ({ url: address });

  test.each([
    ['notes', 'http://127.0.0.1:3000/notes/mcp', []],
    ['notes-local', 'http://127.0.0.1:3000/notes/mcp', []],
    ['drafts', 'http://127.0.0.1:3000/drafts/mcp', []],
    ['gone', `${url}/gone/mcp`, remote],
  ])('%s at %s goes', async (name, address, args) => {
    const { uninstall, put, readOf } = start();
    put('cursor', file({ [name]: { ...at(address), theirs: true } }));
    expect((await uninstall('--client', 'cursor', ...args)).out[0]).toContain(`: ${name}.`);
    expect(parseJson(readOf('cursor')).mcpServers).toEqual({});
  });

  test.each([
    ['notes', 'http://127.0.0.1:4000/notes/mcp', []],
    ['other', 'http://127.0.0.1:3000/notes/mcp', []],
    ['gone', 'http://127.0.0.1:3000/gone/mcp', []],
    ['gone', `${url}/gone/mcp`, [...remote, 'notes']],
    ['notes', `${url}/notes/mcp`, []],
  ])('%s at %s stays', async (name, address, args) => {
    const { uninstall, put, readOf } = start();
    const text = file({ [name]: at(address) });
    put('cursor', text);
    const { code, out } = await uninstall('--client', 'cursor', ...args);
    expect({ code, out: out[0] }).toEqual({
      code: 0,
      out: expect.stringContaining('has no entry of this project.'),
    });
    expect(readOf('cursor')).toBe(text);
  });

  test('a TOML entry that cannot be cut out is named, and stays', async () => {
    const { uninstall, put, readOf } = start();
    const text = 'mcp_servers = { notes = { url = "http://127.0.0.1:3000/notes/mcp" } }\n';
    put('codex', text);
    expect((await uninstall('--client', 'codex')).err[0]).toContain(
      '"notes" below "mcp_servers" cannot be cut out safely; nothing was changed. Fix: delete it yourself',
    );
    expect(readOf('codex')).toBe(text);
  });
});

describe('all', () => {
  const here = {
    '.cursor/mcp.json': '{',
    '.codex/config.toml': '',
    '.kiro/x': '',
    '.codeium/x': '',
  };

  test('one client that fails does not stop the others', async () => {
    const { install, read } = start(here, openServers);
    const { code, out, err } = await install('--client', 'all');
    expect(code).toBe(1);
    const wrote = out.filter((line) => line.startsWith('Wrote '));
    expect(wrote).toEqual([
      expect.stringContaining('.codex/config.toml: notes, tasks.'),
      expect.stringContaining('.kiro/settings/mcp.json: notes, tasks.'),
    ]);
    expect(err.join('\n')).toMatch(/cursor: .*expected JSON, .* nothing was changed/);
    expect(err.join('\n')).toContain('Windsurf: its versions read different files.');
    expect(read('.cursor/mcp.json')).toBe('{');
  });

  test('--json tells a program the outcome of each', async () => {
    const { install } = start(here, openServers);
    const { code, out, err } = await install('--client', 'all', '--json');
    const { ok, clients: outcomes } = JSON.parse(out.join('\n'));
    expect({ code, ok, err }).toEqual({ code: 1, ok: false, err: [] });
    expect(outcomes.map(({ client, state }: Record<string, string>) => [client, state])).toEqual([
      ['cursor', 'failed'],
      ['codex', 'written'],
      ['windsurf', 'to paste'],
      ['kiro', 'written'],
    ]);
    expect(outcomes[1].next).toContain('Sign in to tasks: codex mcp login tasks');
    expect(outcomes[2].paste).toContain('serverUrl');
  });

  test('where there is no client, that is said', async () => {
    expect(await start().install('--client', 'all')).toEqual({
      code: 1,
      out: [],
      err: ['mcp-host: no client was found on this machine. Fix: name one: --client NAME'],
    });
  });
});

describe('wrong use', () => {
  test.each([
    [
      ['--client', 'curser'],
      '--client: unknown client "curser", did you mean "cursor"? Known: vscode, ',
    ],
    [['--client', 'chat'], '--client: unknown client "chat", did you mean "chatgpt"? Known: '],
    [['--client', 'all', '--client', 'cursor'], '--client all excludes other names'],
    [
      ['--client', 'cursor', '--target', 'azure'],
      '--target: expected local, func, remote, apim, got "azure"',
    ],
    [['--client', 'cursor', '--azd', '--target', 'local'], '--azd names target and address itself'],
    [['--client', 'cursor', '--target', 'remote'], '--target remote needs --url'],
    [['--client', 'cursor', '--write'], "Unknown option '--write'"],
    [
      [],
      '--client is needed: a name, or "all". No client was found on this machine. Known: vscode, ',
    ],
  ])('%j is refused', async (args, message) => {
    const { code, out, err } = await start().install(...args);
    expect({ code, out }).toEqual({ code: 2, out: [] });
    expect(err[0]).toContain(`mcp-host: ${message}`);
  });

  test('without a terminal, the option that answers and the clients here are named', async () => {
    const { install } = start({ '.cursor/mcp.json': '{}', '.kiro/x': '' });
    const { code, err } = await install();
    expect(code).toBe(2);
    expect(err[0]).toContain(
      '--client is needed: a name, or "all". On this machine: cursor, kiro. Known: ',
    );
  });
});

describe('a person', () => {
  const files = {
    '.cursor/mcp.json': '{"mcpServers":{"theirs":{"headers":{"a":"hunter2"}}}}',
    '.kiro/settings/mcp.json': '{}',
  };

  test('chooses among the clients here, sees the change and what comes next', async () => {
    const { run, read } = start(files);
    const questions: string[] = [];
    const { code, out, err } = await run(['install', ...remote], (question) => {
      questions.push(question);
      if (!question.startsWith('Which')) return 'y';
      return questions.length === 1 ? 'kirro' : '1';
    });
    expect(code).toBe(0);
    expect(questions).toEqual([
      'Which one (number, client, or all) [cursor]: ',
      'Which one (number, client, or all) [cursor]: ',
      'Write it? [Y/n] ',
    ]);
    expect(err.join('\n')).toMatch(/1 +cursor +Cursor +.*mcp\.json\n2 +kiro +Kiro +/);
    expect(err.join('\n')).toContain('unknown client "kirro", did you mean "kiro"?');
    const shown = out.join('\n');
    expect(shown).toContain(`+       "url": "${url}/notes/mcp",`);
    expect(shown).not.toContain('hunter2');
    expect(shown).toContain('Set the environment variable MCP_FUNCTION_KEY to the key of the app');
    expect(shown).toContain('Restart Cursor, if it runs');
    expect(shown).toContain('Sign in to tasks: Settings → MCP → Connect');
    expect(read('.kiro/settings/mcp.json')).toBe('{}');
  });

  test('who says no changes nothing', async () => {
    const { run, read } = start(files);
    for (const args of [['install'], ['install', '--client', 'all']]) {
      const answer = (question: string) => (question.startsWith('Write') ? 'n' : '');
      const { code, err } = await run(args, answer);
      expect({ code, last: err.at(-1) }).toEqual({ code: 1, last: 'Nothing was changed.' });
    }
    for (const [name, text] of Object.entries(files)) expect(read(name)).toBe(text);
  });

  test('sees of an entry with a typed key what changes, and not the key', async () => {
    const { run, put } = start();
    const headers = { 'x-functions-key': 'hunter2', other: 'hunter3' };
    put(
      'claude-code',
      JSON.stringify({ mcpServers: { notes: { url: `${url}/notes/mcp`, headers } } }),
    );
    const { out } = await run(['install', '--client', 'claude-code', ...remote], () => 'y');
    expect(out.join('\n')).toContain('"x-functions-key": "${MCP_FUNCTION_KEY}"');
    expect(out.join('\n')).not.toMatch(/hunter/);
  });

  test.runIf(existsSync('/usr/bin/script'))(
    'presses Ctrl-C at a question, and nothing changes',
    async () => {
      for (const args of ['', ' --client cursor']) {
        const { home, folder, env, read } = start(files);
        const line = `${process.execPath} ${cliScript} install${args}`;
        const child = spawn('script', ['-qec', line, '/dev/null'], {
          cwd: folder,
          env: { PATH: process.env.PATH, ...env },
          stdio: ['pipe', 'pipe', 'inherit'],
        });
        const ended = once(child, 'exit');
        let shown = '';
        let isPressed = false;
        for await (const part of child.stdout) {
          shown += part;
          if (isPressed || !/(Which one|Write it)/.test(shown)) continue;
          isPressed = true;
          child.stdin.write('\u0003');
        }
        expect(await ended).toEqual([130, null]);
        for (const [name, text] of Object.entries(files)) expect(read(name)).toBe(text);
        expect(readdirSync(join(home, '.cursor'))).toEqual(['mcp.json']);
      }
    },
  );
});
