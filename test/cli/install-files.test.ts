// mcp-host install and uninstall in the file of every client: what it holds, and that every other byte stays.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${…} is what clients fill in.

import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { parse as parseJson } from 'jsonc-parser';
import { parse as parseToml } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import type { Client } from '../../clients/client.ts';
import { clients } from '../../clients/clients.ts';
import { webClients } from '../../clients/web-clients.ts';
import { openServers, placeIn, remote, start, url } from './person.ts';

const all = Object.entries(clients) as [string, Client][];
/** Those with a file on this system that may be written. */
const written = all.filter(
  ([, client]) => client.unverified === undefined && placeIn('/', client) !== undefined,
);

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

  test.each([[[]], [remote]])(
    'a file that install %j creates goes with uninstall',
    async (args) => {
      const { install, uninstall, run, fileOf } = start({}, openServers);
      await install('--client', id, ...args);
      // A client without a placeholder for the key has its entries printed.
      if (!existsSync(fileOf(id))) return expect(client.keyPlaceholder).toBeUndefined();
      const shown = await run(['uninstall', '--client', id, ...args], () => 'n');
      expect(shown.out.at(-1)).toBe('Nothing else is in the file, so it will be deleted.');
      expect(existsSync(fileOf(id))).toBe(true);
      expect((await uninstall('--client', id, ...args)).out).toEqual([
        `Removed from ${fileOf(id)}: notes, tasks. Nothing else was in the file, so it was deleted.`,
      ]);
      expect(existsSync(fileOf(id))).toBe(false);
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
    err: [
      `${title} is set up in a browser, so nothing was changed. Fix: enter these values there yourself`,
    ],
  });
  expect(out.join('\n')).toContain(`${url}/notes/mcp`);
  expect(out.at(-1)).toContain(key ?? `${title} cannot send the key`);
});

describe('the file of the client', () => {
  test.each([
    ['cursor', '{\n  "mcpServers": {\n    "theirs": {}\n  }\n}\n'],
    ['cursor', '{"mcpServers": {}}\n'],
    ['vscode', '{\n\t// mine\n\t"servers": {}\n}\n'],
    ['codex', '# mine\n'],
    ['goose', 'extensions:\n  theirs:\n    enabled: true\n'],
  ])('of %s stays, byte by byte, if it was %j', async (id, text) => {
    const { install, uninstall, put, readOf } = start();
    put(id, text);
    await install('--client', id);
    const { out } = await uninstall('--client', id);
    expect(out).toEqual([expect.stringMatching(/^Removed from .*: notes, tasks\.$/)]);
    expect(readOf(id)).toBe(text);
  });

  test('that install created stays when its owner has added an entry', async () => {
    const { install, uninstall, read, put, readOf } = start();
    await install('--client', 'cursor');
    const text = read('.cursor/mcp.json');
    put('cursor', text.replace('"mcpServers": {', '"mcpServers": {\n    "theirs": {},'));
    expect((await uninstall('--client', 'cursor')).out[0]).not.toContain('deleted');
    expect(parseJson(readOf('cursor'))).toEqual({ mcpServers: { theirs: {} } });
  });

  test.skipIf(process.platform === 'win32')('is not deleted through a link', async () => {
    const { install, uninstall, home, fileOf, readOf } = start();
    await install('--client', 'cursor');
    const real = join(home, 'dotfile.json');
    renameSync(fileOf('cursor'), real);
    symlinkSync(real, fileOf('cursor'));
    await uninstall('--client', 'cursor');
    expect(readOf('cursor')).toBe('{\n  "mcpServers": {}\n}\n');
  });

  test('with --project is the one of the folder', async () => {
    const { install, uninstall, folder, home } = start();
    expect((await install('--client', 'cursor', '--project')).out[0]).toBe(
      'Wrote .cursor/mcp.json: notes, tasks.',
    );
    expect(readdirSync(home)).toEqual([]);
    await uninstall('--client', 'cursor', '--project');
    expect(readdirSync(join(folder, '.cursor'))).toEqual([]);
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
      out: expect.stringContaining('has no entry of this project at this address.'),
    });
    expect(readOf('cursor')).toBe(text);
  });

  test('a TOML entry that cannot be cut out is named, and stays', async () => {
    const { uninstall, put, readOf } = start();
    const text = 'mcp_servers = { notes = { url = "http://127.0.0.1:3000/notes/mcp" } }\n';
    put('codex', text);
    expect((await uninstall('--client', 'codex')).err[0]).toContain(
      '"notes" below "mcp_servers" cannot be removed without other changes; nothing was changed. Fix: delete it yourself',
    );
    expect(readOf('codex')).toBe(text);
  });
});
