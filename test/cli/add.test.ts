// mcp-host add, with the real npm and a registry on this machine: the entry works, or nothing has changed.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what people write in servers.yaml.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { startHost } from '../runtime/start-host.ts';
import { type PublishedPackage, startRegistry } from './npm-registry.ts';
import { cliScript, makeFolder, runCli } from './run-cli.ts';

const TOLD = resolve('test/fixtures/programs/told.mjs');
const SDK = pathToFileURL(
  resolve('node_modules/@modelcontextprotocol/sdk/dist/esm/server/mcp.js'),
).href;

const SDK_V2 = pathToFileURL(resolve('node_modules/@modelcontextprotocol/server/dist/index.mjs'));

const module = (tool: string, sdk = SDK) => `import { McpServer } from '${sdk}';
export function createServer({ env = {} } = {}) {
  if (env.KEY === 'wrong') throw new Error('a wrong key');
  const server = new McpServer({ name: 'some', version: '1.0.0' });
  server.registerTool('${tool}', { description: 'Does ${tool}. ' + (env.KEY ?? '') }, () => ({ content: [] }));
  return server;
}
`;
const program = `#!/usr/bin/env node\nawait import(${JSON.stringify(pathToFileURL(TOLD).href)});\n`;

const packages: readonly PublishedPackage[] = [
  {
    name: '@acme/mcp-server-good',
    version: '1.2.3',
    files: { 'dist/index.js': "console.log('a program');", 'dist/server.js': module('greet') },
    manifest: { bin: './dist/index.js' },
  },
  {
    name: 'told-mcp',
    version: '2.0.0',
    files: { 'cli.js': program },
    manifest: { bin: './cli.js' },
  },
  {
    name: 'broken-mcp',
    version: '1.0.0',
    files: { 'cli.js': "#!/usr/bin/env node\nconsole.error('no license');process.exit(3);" },
    manifest: { bin: './cli.js' },
  },
  {
    name: 'two-mcp',
    version: '1.0.0',
    files: { 'a.js': program, 'b.js': program },
    manifest: { bin: { one: './a.js', two: './b.js' } },
  },
  {
    name: 'plain',
    version: '1.0.0',
    files: { 'index.js': 'export default 1;' },
    manifest: { main: './index.js' },
  },
];

const YAML = '# mine\nservers:\n  first:\n    module: ./first.js # here\n\n# the end\n';
const FILES = {
  'servers.yaml': YAML,
  'first.js': module('one'),
  'package.json': '{\n  "name": "mine",\n  "private": true\n}\n',
  'told.json': JSON.stringify({
    tools: [
      { name: 'echo', description: 'Says it\u001b[2J again.', inputSchema: { type: 'object' } },
    ],
  }),
};
const CHANGED = ['servers.yaml', 'servers.lock.json', 'package.json', 'package-lock.json'];

function make(files: Readonly<Record<string, string>> = {}) {
  const folder = makeFolder({ ...FILES, ...files });
  const read = (name: string) =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : undefined;
  return {
    folder,
    read,
    state: () => CHANGED.map(read),
    entries: () => parse(read('servers.yaml') ?? '').servers,
    lock: () => JSON.parse(read('servers.lock.json') ?? '{"servers":{}}').servers,
    run: (
      args: readonly string[],
      options: Omit<Parameters<typeof runCli>[1] & object, 'folder'> = {},
    ) => runCli(args, { folder, ...options }),
  };
}

describe('a package', () => {
  test('that exports a factory becomes a module, and leaves no byte when it is removed', async () => {
    const env = await startRegistry(packages);
    const here = make();
    const { code, out, err } = await here.run(['add', '@acme/mcp-server-good'], { env });
    expect({ code, err }).toEqual({ code: 0, err: ['@acme/mcp-server-good: installed 1.2.3'] });
    expect(out).toEqual([
      'servers.yaml',
      '    first:',
      '      module: ./first.js # here',
      '+',
      '+   good:',
      '+     module: "@acme/mcp-server-good/dist/server.js"',
      '',
      '  # the end',
      expect.stringMatching(/^TOOL +DESCRIPTION$/),
      expect.stringMatching(/^greet +Does greet\.$/),
      'Added good at /good/mcp.',
    ]);
    expect(JSON.parse(here.read('package.json') ?? '').dependencies).toEqual({
      '@acme/mcp-server-good': '1.2.3',
    });
    expect((await here.run(['check'])).code).toBe(0);

    const removed = await here.run(['remove', 'good', '--uninstall'], { env });
    expect(removed).toMatchObject({ code: 0, err: [] });
    expect(removed.out.at(-1)).toBe('Removed good, and uninstalled @acme/mcp-server-good.');
    expect(here.read('servers.yaml')).toBe(YAML);
    expect(JSON.parse(here.read('package.json') ?? '').dependencies ?? {}).toEqual({});
  });

  test('that is a command becomes one in its exact version, with its arguments, and is locked', async () => {
    const env = await startRegistry(packages);
    const here = make();
    const options = ['--name', 'told', '--instance', 'shared', '--auth', 'anonymous', '--json'];
    const { code, out } = await here.run(['add', 'told-mcp', ...options, '--', './told.json'], {
      env,
    });
    const entry = {
      command: 'npx',
      args: ['-y', 'told-mcp@2.0.0', './told.json'],
      ...{ auth: 'anonymous', instance: 'shared' },
    };
    expect(code).toBe(0);
    expect(JSON.parse(out.join('\n'))).toEqual({
      ...{ ok: true, name: 'told', path: '/told/mcp', entry, tools: ['echo'], written: true },
    });
    expect(here.entries().told).toEqual(entry);
    expect(here.lock().told).toMatchObject({ package: { name: 'told-mcp', version: '2.0.0' } });
    expect(await here.run(['lock', '--check'])).toMatchObject({ code: 0 });

    const again = await here.run([
      'add',
      '--name',
      'more',
      '--',
      'npx',
      '-y',
      'told-mcp',
      './told.json',
    ]);
    expect(again).toMatchObject({ code: 0 });
    expect(here.entries().more.args).toEqual(entry.args);
    const removed = await here.run(['remove', 'more', '--uninstall']);
    expect(removed.out.at(-1)).toBe('Removed more.');
    expect(Object.keys(here.lock())).toEqual(['told']);
    expect(here.read('package.json')).toContain('told-mcp');
    expect((await here.run(['remove', 'told'])).err).toEqual([
      'No other entry uses told-mcp. To uninstall it: npm uninstall told-mcp',
    ]);
    expect([here.read('servers.yaml'), here.read('servers.lock.json')]).toEqual([YAML, undefined]);
  });

  test.each([
    ['does not exist', ['none-mcp'], /npm cannot install none-mcp: .*404.*\. Fix: check its name/],
    ['has no such version', ['plain@9.9.9'], /npm cannot install plain@9\.9\.9: .*Fix: /],
    ['is neither', ['plain'], /plain does not export a server and has no command\. Fix: /],
    [
      'has two commands',
      ['two-mcp'],
      /two-mcp has several commands\. Fix: name one of: --bin one, --bin two/,
    ],
    [
      'ends at its start',
      ['broken-mcp'],
      /broken does not start \(.*no license.*\); nothing was changed\. Fix: .*--keep/,
    ],
    ['is only looked at', ['told-mcp', '--dry-run', '--', 'told.json'], undefined],
  ])('that %s leaves every file as it was', async (_, args, message) => {
    const env = await startRegistry(packages);
    const here = make();
    const before = here.state();
    const { code, err } = await here.run(['add', ...args], { env });
    expect(code).toBe(message === undefined ? 0 : 1);
    if (message !== undefined) expect(err.at(-1)).toMatch(message);
    expect(here.state()).toEqual(before);
    expect(existsSync(join(here.folder, 'node_modules', args[0] as string))).toBe(false);
  });

  test('in another version than the installed one is refused, since another entry may use that', async () => {
    const env = await startRegistry(packages);
    const here = make();
    await here.run(['add', 'told-mcp', '--', 'told.json'], { env });
    const before = here.state();
    const { code, err } = await here.run(['add', 'told-mcp@3.0.0', '--name', 'other'], { env });
    expect({ code, err }).toEqual({
      code: 1,
      err: [
        expect.stringMatching(/you asked for told-mcp 3\.0\.0, but 2\.0\.0 is installed\. Fix: /),
      ],
    });
    expect(here.state()).toEqual(before);
  });
});

describe('a module of the project', () => {
  test.each([
    [
      'a folder with index.js',
      './servers/hello',
      { 'servers/hello/index.js': module('hi') },
      './servers/hello/index.js',
    ],
    ['a file', 'servers/hello.mjs', { 'servers/hello.mjs': module('hi') }, './servers/hello.mjs'],
    [
      'a file on SDK v2',
      'servers/hello.mjs',
      { 'servers/hello.mjs': module('hi', SDK_V2.href) },
      './servers/hello.mjs',
    ],
    [
      'a folder with a package.json',
      './servers/hello/',
      {
        'servers/hello/package.json': '{"main":"main.js","type":"module"}',
        'servers/hello/main.js': module('hi'),
      },
      './servers/hello',
    ],
  ])('%s is added', async (_, what, files, written) => {
    const here = make(files);
    const { code, out, err } = await here.run(['add', what]);
    const last = out.at(-1);
    expect({ code, err, last }).toEqual({ code: 0, err: [], last: 'Added hello at /hello/mcp.' });
    expect(out.join('\n')).toMatch(/^hi +Does hi/m);
    expect(here.entries().hello).toEqual({ module: written });
    expect(here.read('servers.lock.json')).toBeUndefined();
  });

  test('is built first where it is in TypeScript', async () => {
    const build = `node -e "const fs = require('fs'); fs.mkdirSync('dist/servers/hello', { recursive: true }); fs.copyFileSync('hello.mjs', 'dist/servers/hello/index.js')"`;
    const here = make({
      'servers/hello/index.ts': '',
      'hello.mjs': module('hi'),
      'package.json': JSON.stringify({ type: 'module', scripts: { build } }),
    });
    const { code, out } = await here.run(['add', './servers/hello'], { env: {} });
    expect(code).toBe(0);
    expect(out.join('\n')).toMatch(/^hi +Does hi/m);
  });

  test('that is not built is kept with --keep only', async () => {
    const here = make({ 'servers/hello/index.ts': '' });
    const before = here.state();
    const refused = await here.run(['add', './servers/hello']);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.err.at(-1)).toMatch(/hello does not start \(not-built: .*; nothing was changed/);
    expect(here.state()).toEqual(before);
    const kept = await here.run(['add', './servers/hello', '--keep']);
    expect({ code: kept.code, err: kept.err.join() }).toEqual({
      code: 0,
      err: expect.stringContaining('hello was not started: not-built'),
    });
    expect(here.entries().hello).toEqual({ module: './servers/hello/index.ts' });
  });
});

describe('a program and an address', () => {
  test('a program behind "--" is added and locked, and its texts are shown, not obeyed', async () => {
    const here = make();
    const args = ['--', 'node', TOLD, 'told.json'];
    const { code, out } = await here.run([
      'add',
      '--name',
      'told',
      '--description',
      'Tells.',
      ...args,
    ]);
    expect(code).toBe(0);
    expect(out).toContainEqual(expect.stringMatching(/^echo +Says it\\u001b\[2J again\.$/));
    expect(here.entries().told).toEqual({
      ...{ command: 'node', args: [TOLD, 'told.json'], description: 'Tells.' },
    });
    expect(here.lock().told.era).toBe('legacy');
  });

  test('an address is added with the era that the host finds, and no secret is written', async () => {
    const there = await startHost({
      yaml: 'servers: { a: { module: ./first.js, auth: anonymous } }',
      directory: makeFolder(FILES),
      listen: true,
    });
    const here = make();
    const url = `${there.url}/a/mcp`;
    const header = 'x-api-key=hunter2hunter2hunter2';
    const missing = await here.run(['add', url, '--name', 'far', '--header', header]);
    expect(missing).toMatchObject({ code: 1 });
    expect(missing.err.join('\n')).toMatch(
      /headers\.x-api-key: a secret was not copied\. Fix: set the variable FAR_API_KEY/,
    );
    expect(missing.err.at(-1)).toMatch(/missing-variable.*FAR_API_KEY/);
    expect(here.read('servers.yaml')).toBe(YAML);
    const { code } = await here.run(['add', url, '--name', 'far', '--header', header], {
      env: { FAR_API_KEY: 'hunter2hunter2hunter2' },
    });
    expect(code).toBe(0);
    expect(here.entries().far).toEqual({ url, headers: { 'x-api-key': '${FAR_API_KEY}' } });
    expect(here.lock().far.tools).toHaveLength(1);
    expect(here.state().join('')).not.toContain('hunter2');
  });
});

describe('what is wrong', () => {
  const hello = { 'hello.js': module('hi') };

  test.each([
    [
      'a name that Azure refuses',
      ['./hello.js', '--name', 'My_Server'],
      1,
      /--name: expected a name of lower-case letters.*"My_Server"\. Fix: /,
    ],
    [
      'a name that is taken',
      ['./hello.js', '--name', 'first'],
      1,
      /already has an entry "first"\. Fix: .*--name NAME/,
    ],
    [
      'a path of Azure',
      ['./hello.js', '--path', '/admin/x'],
      1,
      /servers\.yaml:\d+:\d+ servers\.hello\.path: expected .*Fix: /,
    ],
    [
      'an auth that there is not',
      ['./hello.js', '--auth', 'magic'],
      1,
      /servers\.hello\.auth: expected .*Fix: /,
    ],
    [
      'a key of another kind',
      ['./hello.js', '--instance', 'per-session'],
      1,
      /servers\.hello\.instance: expected /,
    ],
    [
      'a path that does not exist',
      ['./nothing'],
      1,
      /expected a folder or file, got "\.\/nothing"/,
    ],
    ['a folder without an entry', ['./none'], 1, /expected a folder with index\.ts, .*Fix: /],
    [
      'a file of another language',
      ['./server.py'],
      1,
      /expected a \.ts, \.js or \.mjs file.*add -- <program>/,
    ],
    [
      'a program that does not exist',
      ['--', 'no-such-program-here'],
      1,
      /servers\.no-such-program-here\.command: expected a program on PATH/,
    ],
    ['http to elsewhere', ['http://crm.example.com/mcp'], 1, /servers\.crm\.url: expected .*https/],
    ['nothing', [], 2, /expected a folder, a module file, an npm package, a URL, or a program/],
    ['two things', ['./a', './b'], 2, /expected one thing to add, got "\.\/b" too/],
    ['no name of a package', ['Some Package'], 2, /expected a folder.*got "Some Package"/],
    ['a thing and a program', ['./hello.js', '--command', 'node'], 2, /got both/],
    [
      'a header without a value',
      ['https://a.example/mcp', '--header', 'secret'],
      2,
      /--header: expected NAME=VALUE$/,
    ],
  ])('%s is told in one line, and nothing changes', async (_, args, code, message) => {
    const here = make({ ...hello, 'none/readme.md': '', 'server.py': '' });
    const before = here.state();
    const run = await here.run(['add', ...args]);
    expect({ code: run.code, err: run.err.find((line) => message.test(line)) }).toEqual({
      code,
      err: expect.anything(),
    });
    expect(here.state()).toEqual(before);
  });

  test('a variable that is not set is named, and the entry stays with --keep only', async () => {
    const here = make(hello);
    const { code, err } = await here.run(['add', './hello.js', '--env', 'KEY']);
    expect({ code, err }).toEqual({
      code: 1,
      err: [expect.stringMatching(/missing-variable: .*KEY.*nothing was changed\. Fix: .*--keep/)],
    });
    expect(here.read('servers.yaml')).toBe(YAML);
    expect(await here.run(['add', './hello.js', '--env', 'KEY', '--keep'])).toMatchObject({
      code: 0,
    });
    expect(here.entries().hello.env).toEqual({ KEY: '${KEY}' });
  });

  test('a servers.yaml that is wrong already is told before anything is installed', async () => {
    const here = make({ 'servers.yaml': 'servers:\n  a: { modul: ./a.js }\n' });
    const { code, err } = await here.run(['add', 'told-mcp']);
    expect({ code, err: err[0] }).toEqual({
      code: 1,
      err: expect.stringContaining('servers.a.modul'),
    });
    expect(existsSync(join(here.folder, 'node_modules'))).toBe(false);
  });

  test('where there is no safe place, the entry is printed to be put there by hand', async () => {
    const yaml = 'servers:\n  ? first\n  : { module: ./first.js }\n';
    const here = make({ ...hello, 'servers.yaml': yaml });
    const { code, err } = await here.run(['add', './hello.js']);
    expect({ code, err }).toEqual({
      code: 1,
      err: [
        'mcp-host: servers.yaml cannot be changed safely here; nothing was changed. Fix: add this below "servers:" yourself:',
        '  hello:',
        '    module: ./hello.js',
      ],
    });
    expect(here.read('servers.yaml')).toBe(yaml);
  });

  test('a byte order mark and ends of lines of Windows stay', async () => {
    const yaml = `\ufeff${YAML.replaceAll('\n', '\r\n')}`;
    const here = make({ ...hello, 'servers.yaml': yaml });
    expect(await here.run(['add', './hello.js'])).toMatchObject({ code: 0 });
    expect(here.read('servers.yaml')).toMatch(/^\ufeff.*\r\n {2}hello:\r\n/s);
    expect(await here.run(['remove', 'hello'])).toMatchObject({ code: 0 });
    expect(here.read('servers.yaml')).toBe(yaml);
  });
});

describe('a person', () => {
  test('is asked for what the options do not say, and the value of a variable is not written', async () => {
    const here = make({ 'hello.js': module('hi') });
    const answers = ['greeter', '', 'anonymous', 'KEY', 'a value', 'y'];
    const questions: string[] = [];
    const { code, out } = await here.run(['add', './hello.js'], {
      answer: (question) => {
        questions.push(question.split(/[ :]/, 1)[0] ?? '');
        return (
          answers[
            ['Name', 'Path', 'Who', 'Variables', 'KEY', 'Write'].indexOf(questions.at(-1) ?? '')
          ] ?? ''
        );
      },
    });
    expect(questions).toEqual(['Name', 'Path', 'Who', 'Variables', 'Write', 'KEY']);
    expect(code).toBe(0);
    expect(out.join('\n')).toContain('Does hi. a value');
    expect(here.entries().greeter).toEqual({
      ...{ module: './hello.js', auth: 'anonymous', env: { KEY: '${KEY}' } },
    });
  });

  test('who says no changes nothing', async () => {
    const here = make({ 'hello.js': module('hi') });
    const answer = (question: string) => (question.startsWith('Write') ? 'n' : '');
    expect(await here.run(['add', './hello.js'], { answer })).toMatchObject({ code: 1 });
    expect(here.read('servers.yaml')).toBe(YAML);
    expect(await here.run(['add', './hello.js', '--yes'], { answer })).toMatchObject({ code: 0 });
  });

  test.runIf(existsSync('/usr/bin/script'))('answers on a real terminal', async () => {
    const here = make({ 'hello.js': module('hi') });
    const line = `${process.execPath} ${cliScript} add ./hello.js`;
    const child = spawn('script', ['-qec', line, '/dev/null'], {
      cwd: here.folder,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    let shown = '';
    const answers: [RegExp, string][] = [
      [/Name \[hello\]: /, 'greeter'],
      [/Path \[\/greeter\/mcp\]: /, ''],
      [/Who may call it .*\[function\]: /, ''],
      [/Variables .*: /, ''],
      [/Write this change\? \[Y\/n\] /, 'y'],
    ];
    for await (const part of child.stdout) {
      shown += part;
      if (answers[0]?.[0].test(shown)) child.stdin.write(`${answers.shift()?.[1]}\r`);
    }
    expect({ answers, ended: await ended }).toEqual({ answers: [], ended: [0, null] });
    expect(shown).toContain('Added greeter at /greeter/mcp.');
    expect(here.entries().greeter).toEqual({ module: './hello.js' });
  });
});

describe.skipIf(process.platform === 'win32')('Ctrl-C', () => {
  const idle =
    "require('fs').writeFileSync('pid', String(process.pid)); setInterval(() => {}, 1000);";

  async function interrupted(args: readonly string[], files: Readonly<Record<string, string>>) {
    const here = make({ 'idle.cjs': idle, ...files });
    for (const name of Object.keys(files)) chmodSync(join(here.folder, name), 0o755);
    const before = here.state();
    const path = [join(here.folder, 'bin'), process.env.PATH].join(':');
    const child = spawn(process.execPath, [cliScript, 'add', ...args], {
      cwd: here.folder,
      env: { PATH: path },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await vi.waitFor(() => expect(here.read('pid')).toMatch(/^\d+$/), { timeout: 20_000 });
    let err = '';
    child.stderr.on('data', (part) => {
      err += part;
    });
    child.kill('SIGINT');
    const [code] = await once(child, 'close');
    expect(err.trimEnd().split('\n').at(-1)).toBe('Cancelled. Nothing was changed.');
    const pid = Number(here.read('pid'));
    return { here, before, code, isRunning: () => process.kill(pid, 0) };
  }

  test('while a server starts ends its program and puts the files back', async () => {
    const { here, before, code, isRunning } = await interrupted(['--', 'node', 'idle.cjs'], {});
    expect(code).toBe(130);
    expect(here.state()).toEqual(before);
    expect(isRunning).toThrow('ESRCH');
  });

  test('while npm installs ends npm and puts the files back', async () => {
    const spoil =
      "require('fs').writeFileSync('package.json', '{');require('fs').writeFileSync('package-lock.json', '');";
    const npm = `#!${process.execPath}\n${spoil}${idle}`;
    const { here, before, code, isRunning } = await interrupted(['some-mcp'], { 'bin/npm': npm });
    expect(code).toBe(130);
    expect(here.state()).toEqual(before);
    expect(isRunning).toThrow('ESRCH');
  });
});

describe('mcp-host remove', () => {
  const yaml =
    'servers:\n  first: { module: ./first.js }\n  second: { module: ./first.js }\n  both: { combine: { first: {}, second: { prefix: s } } }\n';

  test('refuses a server that a combination uses, and names it', async () => {
    const here = make({ 'servers.yaml': yaml });
    expect(await here.run(['remove', 'second'])).toEqual({
      code: 1,
      out: [],
      err: [
        'mcp-host: both combines second; nothing was changed. Fix: remove it from "combine" there first, or remove both',
      ],
    });
    expect(here.read('servers.yaml')).toBe(yaml);
    expect(await here.run(['remove', 'both'])).toMatchObject({ code: 0 });
    expect(await here.run(['remove', 'second'])).toMatchObject({ code: 0 });
    expect(Object.keys(here.entries())).toEqual(['first']);
    const last = await here.run(['remove', 'first']);
    expect({ code: last.code, err: last.err.join() }).toEqual({
      code: 1,
      err: expect.stringMatching(/first is the only server.*Fix: .*mcp-host disable first$/),
    });
  });

  test.each([
    ['frist', /servers\.yaml has no server "frist"\. Fix: did you mean "first"\?/],
    ['nothing-like-it', /has no server "nothing-like-it"\. Fix: name one of: first$/],
  ])('tells that there is no %s', async (name, message) => {
    const here = make();
    for (const command of ['remove', 'enable', 'disable']) {
      const { code, err } = await here.run([command, name]);
      expect({ code, err }).toEqual({ code: 1, err: [expect.stringMatching(message)] });
    }
  });

  test('--dry-run, and a person who says no, change nothing', async () => {
    const here = make({ 'servers.yaml': yaml });
    const dry = await here.run(['remove', 'both', '--dry-run']);
    expect({ code: dry.code, last: dry.out.at(-1) }).toEqual({
      code: 0,
      last: 'Nothing was changed (--dry-run).',
    });
    expect(await here.run(['remove', 'both'], { answer: () => 'n' })).toMatchObject({ code: 1 });
    expect(here.read('servers.yaml')).toBe(yaml);
  });
});

describe('mcp-host disable and enable', () => {
  test('switch a server, and keep every other byte', async () => {
    const here = make();
    const disabled = await here.run(['disable', 'first']);
    expect({ code: disabled.code, last: disabled.out.at(-1) }).toEqual({
      code: 0,
      last: 'Disabled first.',
    });
    const off = YAML.replace('# here\n', '# here\n    enabled: false\n');
    expect(here.read('servers.yaml')).toBe(off);
    expect((await here.run(['disable', 'first'])).out).toEqual(['first is already disabled.']);
    expect((await here.run(['list'])).out.join()).toContain('first (off)');
    expect(await here.run(['enable', 'first', '--dry-run'])).toMatchObject({ code: 0 });
    expect(here.read('servers.yaml')).toBe(off);
    expect(await here.run(['enable', 'first'])).toMatchObject({ code: 0 });
    expect(here.read('servers.yaml')).toBe(off.replace('false', 'true'));
  });
});
