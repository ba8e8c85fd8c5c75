// mcp-host import: what becomes of each client's file, which secrets stay behind, and how servers.yaml changes.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${…} is what clients and servers.yaml fill in.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../../config/load.ts';
import { clientFiles, secrets } from './import-files.ts';
import { makeFolder, runCli } from './run-cli.ts';

const memory = { command: 'npx', args: ['-y', '@modelcontextprotocol/server-memory'] };
const file = (mcpServers: object): Record<string, string> => ({
  'mcp.json': JSON.stringify({ mcpServers }),
});

async function importServers(mcpServers: object, more: Readonly<Record<string, string>> = {}) {
  const folder = makeFolder({ ...file(mcpServers), ...more });
  const { code, out, err } = await runCli(['import', 'mcp.json'], { folder });
  return {
    code,
    servers: parse(out.join('\n'))?.servers,
    text: out.join('\n'),
    err: err.join('\n'),
  };
}

describe('each client', () => {
  test.each(clientFiles)('$client: $file becomes entries', async (one) => {
    const folder = makeFolder({ [one.file]: one.text });

    const { code, out, err } = await runCli(['import', one.file], { folder });

    expect(parse(out.join('\n')).servers).toEqual(one.servers);
    for (const text of one.told) expect(err.join('\n')).toContain(text);
    expect(code).toBe(one.code ?? 0);
    expect(() => parseConfig(out.join('\n'), join(folder, 'servers.yaml'))).not.toThrow();
  });

  test('of ~/.claude.json only the servers of all projects are read, and the others named', async () => {
    const text = JSON.stringify({
      mcpServers: { memory },
      projects: { '/home/me/app': { mcpServers: { db: memory } }, '/home/me/b': {} },
    });
    const folder = makeFolder({ '.claude.json': text });

    const { out, err } = await runCli(['import', '.claude.json'], { folder });

    expect(parse(out.join('\n')).servers).toEqual({ memory });
    expect(err).toContainEqual(
      'Servers of the project /home/me/app were not imported. To import them, name its .mcp.json.',
    );
    expect(err.join('\n')).not.toContain('/home/me/b');
  });
});

describe('a shell around a program', () => {
  const npx = { command: 'npx', args: ['-y', 'server-a', 'two words'] };
  const script = `MODE=fast exec npx -y server-a 'two words'`;

  test.each([
    ['in args', { command: '/bin/sh', args: ['-c', script] }],
    ['in command', { command: `bash -c "${script}"` }],
  ])('that only sets variables is left out: %s', async (_where, entry) => {
    const { servers } = await importServers({ a: entry });
    expect(servers.a).toMatchObject({ ...npx, env: { MODE: 'fast' } });
  });

  test.each(['cd /srv && npx a', 'echo "$HOME"', `npx 'a`, 'A=b'])(
    'that does more stays: %s',
    async (line) => {
      const { servers } = await importServers({ a: { command: 'sh', args: ['-c', line] } });
      expect(servers.a).toMatchObject({ command: 'sh', args: ['-c', line.replace('$', '$$')] });
    },
  );
});

describe('secrets', () => {
  test.each(secrets)(
    '%s is told nowhere, and a variable stands for it',
    async (secret, entryOf) => {
      const { text, err } = await importServers({ one: { command: 'npx', ...entryOf(secret) } });

      expect(text).toMatch(/\$\{[A-Z][A-Z0-9_]*\}/);
      expect(text + err).not.toContain(secret);
      expect(err).toMatch(/set the variable [A-Z]/);
    },
  );

  test('what only looks alike stays', async () => {
    const env = {
      MAX_TOKENS: '4096',
      TOKEN_FILE: './token.txt',
      AUTH_MODE: 'oauth',
      MODEL: 'claude-sonnet-4-20250514',
      TENANT_ID: '3f2504e0-4f89-11d3-9a0c-0305e82c3301',
      KEYBOARD: 'us',
      ENDPOINT: 'https://api.example.com/v1?region=eu',
      TOKEN: '${MY_TOKEN}',
    };
    const args = ['image@sha256:0123456789abcdef0123456789abcdef', '--token-limit', '20'];

    const { servers } = await importServers({ one: { command: 'npx', args, env } });

    expect(servers.one).toEqual({ command: 'npx', args, env });
  });

  test('two secrets of one name get two variables, and one secret gets one', async () => {
    const entry = (key: string) => ({ command: 'npx', env: { API_KEY: key } });

    const { servers } = await importServers({
      a: entry('first'),
      b: entry('second'),
      c: entry('first'),
    });

    expect(servers.a.env.API_KEY).toBe('${API_KEY}');
    expect(servers.b.env.API_KEY).toBe('${B_API_KEY}');
    expect(servers.c.env.API_KEY).toBe('${API_KEY}');
  });
});

describe('what cannot be as it was', () => {
  test.each([
    ['sse', { type: 'sse', url: 'https://x.example.com/sse' }, 'older HTTP+SSE transport'],
    ['plain http', { url: 'http://x.example.com/mcp' }, 'expected an https address'],
    ['nothing to start', { disabled: true }, 'neither a command nor an address'],
    ['no object', 'npx', 'the entry is not an object'],
    [
      'a bridge to sse',
      {
        command: 'npx',
        args: ['mcp-remote', 'https://x.example.com/sse', '--transport', 'sse-only'],
      },
      'older HTTP+SSE transport',
    ],
    ['a $' + '{ without its end', { command: 'npx', args: ['${OPEN'] }, 'another use of ${'],
  ])('%s is left out with the reason and the fix', async (_, entry, reason) => {
    const { code, servers, err } = await importServers({ bad: entry, memory });

    expect(servers).toEqual({ memory });
    expect(err).toMatch(/^bad +left out +1 note$/m);
    expect(err).toContain(reason);
    expect(err).toMatch(/^bad: .*\. Fix: .+$/m);
    expect(code).toBe(1);
  });

  test.each([
    ['a folder elsewhere', '/srv/app', undefined],
    ['the folder above', '../app', undefined],
    ['a folder inside', './app', './app'],
    ['the folder itself', '${workspaceFolder}', undefined],
    ['a folder below it', '${workspaceFolder}/app', './app'],
  ])('cwd: %s', async (_, cwd, expected) => {
    const { servers, code } = await importServers({ one: { command: 'node', cwd } });

    expect(servers.one.cwd).toBe(expected);
    expect(code).toBe(0);
  });

  test('paths inside the folder of servers.yaml are written from there', async () => {
    const folder = makeFolder({});
    const entry = {
      command: join(folder, 'bin/run'),
      args: [join(folder, 'data')],
      cwd: join(folder, 'work'),
    };
    writeFileSync(join(folder, 'mcp.json'), JSON.stringify({ mcpServers: { one: entry } }));

    const { out } = await runCli(['import', 'mcp.json'], { folder });

    expect(parse(out.join('\n')).servers.one).toEqual({
      command: './bin/run',
      args: ['./data'],
      cwd: './work',
    });
  });

  test('every member that is not used is told', async () => {
    const odd = {
      args: [{}],
      env: { A: {} },
      description: 'two\nlines',
      timeout: 'long',
      icon: 'x',
    };

    const { err } = await importServers({ one: { command: 'node', ...odd } });

    for (const key of Object.keys(odd))
      expect(err).toMatch(new RegExp(`^one: ${key}: left out`, 'm'));
  });

  test('a variable that Azure Functions keeps for itself is dropped', async () => {
    const env = { WEBSITE_NAME: 'x', OTHER: 'y' };

    const { servers, err } = await importServers({ one: { command: 'node', env } });

    expect(servers.one.env).toEqual({ OTHER: 'y' });
    expect(err).toContain('env.WEBSITE_NAME: left out');
  });
});

describe('names', () => {
  test.each([
    ['GitHub', 'git-hub'],
    ['my_server', 'my-server'],
    ['@scope/pkg', 'scope-pkg'],
    ['3d', 'server-3d'],
    ['Größe', 'gr-e'],
    ['admin', 'server-admin'],
    ['time', 'time'],
    ['x'.repeat(70), 'x'.repeat(56)],
    ['日本', 'server'],
  ])('%s is called %s', async (from, name) => {
    expect(Object.keys((await importServers({ [from]: memory })).servers)).toEqual([name]);
  });

  test('what a terminal would obey is shown instead', async () => {
    const { err } = await importServers({
      'a\u001b[8m\nok   ok': { command: 'npx', 'b\u001b[2J': 1, env: { 'C\u202e': 'd' } },
    });

    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there.
    expect(err).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(err).not.toMatch(/^ok /m);
    expect(err).toContain('a\\u001b[8m\\u000aok   ok');
  });

  test('two names that would be the same are told apart', async () => {
    const { servers } = await importServers({ 'a b': memory, 'a-b': memory, a_b: memory });

    expect(Object.keys(servers)).toEqual(['a-b', 'a-b-2', 'a-b-3']);
  });
});

describe('--write', () => {
  const before = `# My servers
servers:
  notes:   # by hand
    module: "./notes.js"
    tools: { allow: [a,   b] }
  # Last words.

host:
  strict: true
`;

  async function write(serversYaml: string | undefined, mcpServers: object) {
    const files = serversYaml === undefined ? {} : { 'servers.yaml': serversYaml };
    const folder = makeFolder({ ...file(mcpServers), ...files });
    const run = await runCli(['import', 'mcp.json', '--write'], { folder });
    let text: string | undefined;
    try {
      text = readFileSync(join(folder, 'servers.yaml'), 'utf8');
    } catch {
      // None was written.
    }
    return { ...run, err: run.err.join('\n'), text };
  }

  test('adds the entries, and every line that was there stays as it is', async () => {
    const { code, out, text } = await write(before, { memory });

    expect({ code, out }).toEqual({ code: 0, out: [] });
    const rest = text?.split('\n') ?? [];
    const kept = before.split('\n').filter((line) => line !== '');
    expect(rest.filter((line) => kept.includes(line))).toEqual(kept);
    expect(parse(text ?? '')).toEqual({
      ...parse(before),
      servers: { ...parse(before).servers, memory },
    });
  });

  test.each([
    ['no file', undefined],
    ['an empty file', ''],
    ['comments only', '# nothing yet\n'],
    ['no servers in it', 'servers: {}\n'],
    ['nothing below servers', '# a\nservers:\nhost: { strict: true }\n'],
    ['an entry in one line', 'servers: { notes: { module: ./notes.js } } # one\n'],
    ['ends of lines as in Windows', before.replaceAll('\n', '\r\n')],
    ['no end of the last line', 'servers:\n  notes:\n    module: ./notes.js'],
    ['deep indentation', 'servers:\n      notes:\n            module: ./notes.js\n'],
    ['a comment behind the last value', 'servers:\n  notes:\n    module: ./notes.js # it\n# end\n'],
    [
      'a text of several lines at the end',
      'servers:\n  notes:\n    module: ./notes.js\n    description: >-\n      a\n      b\n',
    ],
    [
      'a list at the end',
      'servers:\n  notes:\n    module: ./notes.js\n    allowedOrigins:\n      - https://a.example # one\n',
    ],
  ])('works with %s', async (_, yaml) => {
    const { code, text } = await write(yaml, { memory, time: memory });
    const old = parse(yaml ?? '') ?? {};

    expect(parse(text ?? '')).toEqual({
      ...old,
      servers: { ...old.servers, memory, time: memory },
    });
    for (const [comment] of (yaml ?? '').matchAll(/#.*/g)) expect(text).toContain(comment.trim());
    expect(text?.replaceAll('\r\n', '').includes('\r') ?? true).toBe(false);
    expect(code).toBe(0);
  });

  test('never replaces an entry, and says so', async () => {
    const { code, err, text } = await write(before, { notes: memory, memory });

    expect(parse(text ?? '').servers.notes).toEqual(parse(before).servers.notes);
    expect(parse(text ?? '').servers.memory).toEqual(memory);
    expect(err).toContain(
      'notes: servers.yaml already has a different entry notes, which was not changed',
    );
    expect(code).toBe(1);
  });

  test('done twice changes nothing more', async () => {
    const first = await write(before, { memory });
    const second = await write(first.text, { memory });

    expect(second).toMatchObject({ code: 0, text: first.text });
  });

  test.each([
    ['is not good itself', 'servers:\n  notes:\n    modul: ./notes.js\n', { memory }],
    ['is no YAML', 'servers: [\n', { memory }],
    [
      'would have two servers at one path',
      'servers:\n  notes:\n    module: ./n.js\n    path: /memory/mcp\n',
      { memory },
    ],
  ])('leaves a servers.yaml that %s as it is', async (_, yaml, servers) => {
    const { code, err, text } = await write(yaml, servers);

    expect(text).toBe(yaml);
    expect(err).toMatch(/servers\.yaml:\d+:\d+.* expected .*Fix: /);
    expect(code).toBe(1);
  });

  test('--json names the file only when it was written', async () => {
    const folder = makeFolder({ ...file({ memory }), 'servers.yaml': before });
    const written = async () => {
      const { out } = await runCli(['import', 'mcp.json', '--write', '--json'], { folder });
      return JSON.parse(out.join('\n')).written;
    };

    expect([await written(), await written()]).toEqual([join(folder, 'servers.yaml'), null]);
  });

  test('writes into the file that MCP_SERVERS_FILE names', async () => {
    const folder = makeFolder({ ...file({ memory }), 'other/servers.yaml': before });
    const env = { MCP_SERVERS_FILE: 'other/servers.yaml' };

    expect(await runCli(['import', 'mcp.json', '--write'], { folder, env })).toMatchObject({
      code: 0,
    });

    const text = readFileSync(join(folder, 'other/servers.yaml'), 'utf8');
    expect(parse(text).servers.memory).toEqual(memory);
  });
});

describe('for programs', () => {
  test('--json tells entries, notes and variables', async () => {
    const servers = { Memory: memory, key: { command: 'npx', env: { API_KEY: 'x1y2' } }, bad: {} };
    const folder = makeFolder(file(servers));

    const { code, out, err } = await runCli(['import', 'mcp.json', '--json'], { folder });

    expect({ code, err }).toEqual({ code: 1, err: [] });
    expect(JSON.parse(out.join('\n'))).toEqual({
      ok: false,
      servers: [
        { from: 'Memory', name: 'memory', entry: memory, notes: [expect.anything()] },
        {
          from: 'key',
          name: 'key',
          entry: { command: 'npx', env: { API_KEY: '${API_KEY}' } },
          notes: [
            {
              what: 'env.API_KEY: a secret was not copied',
              fix: 'set the variable API_KEY where the host runs',
            },
          ],
        },
        { from: 'bad', name: 'bad', entry: null, notes: [expect.anything()] },
      ],
      variables: [{ name: 'API_KEY', from: 'env.API_KEY of key' }],
      remarks: [],
      written: null,
    });
  });

  test.each([
    [
      'no file',
      ['import', 'none.json'],
      {},
      1,
      /none\.json: expected .* file, but the file does not exist\. Fix: /,
    ],
    [
      'no JSON',
      ['import', 'a.json'],
      { 'a.json': '{"mcpServers": {' },
      1,
      /a\.json: expected JSON, got /,
    ],
    [
      'no TOML',
      ['import', 'a.toml'],
      { 'a.toml': '[mcp_servers' },
      1,
      /a\.toml: expected TOML, got /,
    ],
    [
      'no servers',
      ['import', 'a.json'],
      { 'a.json': '{"a": 1}' },
      1,
      /expected MCP servers under one of .*Fix: /,
    ],
    [
      'a name that stands twice',
      ['import', 'a.json'],
      { 'a.json': '{"mcpServers":{"a":{},"a":{}}}' },
      1,
      /"a" is there twice/,
    ],
    [
      'a key that stands twice in an entry',
      ['import', 'a.json'],
      { 'a.json': '{"mcpServers":{"a":{"command":"npx","env":{"A":"1",\n"A":"2"}}}}' },
      1,
      /"A" is there twice \(lines 1 and 2\)/,
    ],
    [
      'very deep lists',
      ['import', 'a.json'],
      { 'a.json': `{"mcpServers":{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}}` },
      1,
      /a\.json: expected at most 500 nested lists and objects, got more at line 1/,
    ],
    [
      'no name of a file',
      ['import'],
      {},
      2,
      /expected the path of a client's configuration file, got none/,
    ],
    ['two names', ['import', 'a', 'b'], {}, 2, /nothing else, got "b"/],
  ] as const)('with %s it says what is wrong', async (_, args, files, code, message) => {
    const run = await runCli(args, { folder: makeFolder(files) });

    expect(run).toMatchObject({ code, out: [] });
    expect(run.err.join('\n')).toMatch(message);
  });
});
