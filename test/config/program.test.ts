// From `command` and `args` to the program that is started, or to what is wrong with them.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { findProgram, type ProgramPlace } from '../../config/program.ts';

const NODE = '/usr/bin/this-node';
const root = mkdtempSync(join(tmpdir(), 'mcp-host-program-'));
const directory = join(root, 'app');

afterAll(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string | Buffer, mode = 0o644): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  chmodSync(join(root, path), mode);
}

function install(name: string, bin: unknown, files: readonly string[] = ['cli.js'], below = 'app') {
  const folder = `${below}/node_modules/${name}`;
  write(`${folder}/package.json`, JSON.stringify({ name, version: '1.2.3', bin }));
  for (const file of files) write(`${folder}/${file}`, '#!/usr/bin/env node\n');
}

install('plain-mcp', 'cli.js');
install('@acme/scoped-mcp', { 'scoped-mcp': './cli.js', other: 'other.js' }, [
  'cli.js',
  'other.js',
]);
install('one-command', { 'quite-different': 'cli.js' });
install('aliases', { a: 'cli.js', b: 'cli.js' });
install('two-commands', { a: 'a.js', b: 'b.js' }, ['a.js', 'b.js']);
install('a-module', undefined);
install('above', 'cli.js', ['cli.js'], '.');
install('without-extension', 'bin/run', ['bin/run']);
install('native-tool', 'bin/tool', []);
write('app/node_modules/native-tool/bin/tool', Buffer.from('\x7fELF', 'latin1'), 0o755);
install('half-installed', 'gone.js', []);
write('app/node_modules/damaged/package.json', '{');
write('app/bin/server', '#!/bin/sh\n', 0o755);
write('app/bin/flags.txt', '#!/usr/bin/env -S node --no-warnings --stack-size=900\n');
write('app/bin/server.mjs', '');
write('app/bin/lost-its-bit', Buffer.from('\x7fELF', 'latin1'));
write('app/bin/notes.txt', 'notes');
write('outside/lost-its-bit', '#!/bin/sh\n');
write('path/uvx', '#!/bin/sh\n', 0o755);
write('path/locked', '#!/bin/sh\n');
write('path/npm', '#!/bin/sh\n', 0o755);
mkdirSync(join(root, 'path/folder'));
write('app/uv', '#!/bin/sh\n', 0o755);

const place: ProgramPlace = {
  directory,
  path: `relative:${join(root, 'nowhere')}:${join(root, 'path')}`,
  mayCopy: false,
  platform: 'linux',
  node: NODE,
};

function find(command: string, args: readonly string[] = [], changes: Partial<ProgramPlace> = {}) {
  return findProgram({ command, args }, { ...place, ...changes });
}

const installed = (path: string): string => join(directory, 'node_modules', path);

const PLAIN = [installed('plain-mcp/cli.js'), 'a', '--b'];

describe('what clients start through a package runner is run from node_modules by this Node', () => {
  test.each<[string, string, string[], string[]]>([
    ['npx', 'npx', ['plain-mcp', 'a', '--b'], PLAIN],
    ['npx -y', 'npx', ['-y', 'plain-mcp', 'a', '--b'], PLAIN],
    ['npx --yes and a version', 'npx', ['--yes', 'plain-mcp@1.2.3', 'a', '--b'], PLAIN],
    ['npx and a range', 'npx', ['plain-mcp@^1.0.0', 'a', '--b'], PLAIN],
    ['npx and a tag', 'npx', ['-y', 'plain-mcp@latest', 'a', '--b'], PLAIN],
    ['npx --', 'npx', ['-y', '--', 'plain-mcp', 'a', '--b'], PLAIN],
    ['npx with a registry', 'npx', ['--registry', 'x', '-y', 'plain-mcp', 'a', '--b'], PLAIN],
    ['npx with a registry, =', 'npx', ['--registry=x', 'plain-mcp', 'a', '--b'], PLAIN],
    ['npx of Windows', 'npx.cmd', ['-y', 'plain-mcp', 'a', '--b'], PLAIN],
    ['npx by its path', '/usr/local/bin/npx', ['plain-mcp', 'a', '--b'], PLAIN],
    ['cmd /c npx', 'cmd', ['/c', 'npx', '-y', 'plain-mcp', 'a', '--b'], PLAIN],
    ['bunx', 'bunx', ['plain-mcp', 'a', '--b'], PLAIN],
    ['bunx --bun', 'bunx', ['--bun', 'plain-mcp', 'a', '--b'], PLAIN],
    ['bun x', 'bun', ['x', 'plain-mcp', 'a', '--b'], PLAIN],
    ['pnpm dlx', 'pnpm', ['dlx', 'plain-mcp', 'a', '--b'], PLAIN],
    ['pnpm --package dlx', 'pnpm', ['--package=plain-mcp', 'dlx', 'plain-mcp', 'a', '--b'], PLAIN],
    ['yarn dlx', 'yarn', ['dlx', '-q', 'plain-mcp', 'a', '--b'], PLAIN],
    ['npm exec', 'npm', ['exec', '--yes', 'plain-mcp', '--', 'a', '--b'], PLAIN],
    ['npm exec --', 'npm', ['exec', '--', 'plain-mcp', 'a', '--b'], PLAIN],
    ['npm x', 'npm', ['x', '-y', '--', 'plain-mcp@1', 'a', '--b'], PLAIN],
    ['only npm takes -- out', 'npx', ['plain-mcp', '--', 'a'], [PLAIN[0] ?? '', '--', 'a']],
    [
      'options of the program',
      'npx',
      ['plain-mcp', '-y', '-p', 'x'],
      [PLAIN[0] ?? '', '-y', '-p', 'x'],
    ],
    [
      'a scoped package',
      'npx',
      ['-y', '@acme/scoped-mcp@1.2.3'],
      [installed('@acme/scoped-mcp/cli.js')],
    ],
    [
      '-p and a command',
      'npx',
      ['-y', '-p', '@acme/scoped-mcp', 'other', 'a'],
      [installed('@acme/scoped-mcp/other.js'), 'a'],
    ],
    [
      '--package= and a command',
      'npx',
      ['--package=@acme/scoped-mcp@1.2.3', 'other'],
      [installed('@acme/scoped-mcp/other.js')],
    ],
    ['-p alone', 'npx', ['-p', 'plain-mcp'], [installed('plain-mcp/cli.js')]],
    [
      'two -p',
      'npx',
      ['-p', 'plain-mcp', '-p', 'two-commands', 'b'],
      [installed('two-commands/b.js')],
    ],
    ['a command with another name', 'npx', ['one-command'], [installed('one-command/cli.js')]],
    ['several names of one command', 'npx', ['aliases'], [installed('aliases/cli.js')]],
    ['a package of a folder above', 'npx', ['above'], [join(root, 'node_modules/above/cli.js')]],
    [
      'a script without extension',
      'npx',
      ['without-extension'],
      [installed('without-extension/bin/run')],
    ],
  ])('%s', (_, command, args, expected) => {
    expect(find(command, args)).toEqual({
      program: { file: NODE, args: expected },
      from: 'package',
      package: { name: expect.any(String), version: '1.2.3' },
    });
  });

  test('a command that is no JavaScript is started itself', () => {
    expect(find('npx', ['native-tool', 'a'])).toMatchObject({
      program: { file: installed('native-tool/bin/tool'), args: ['a'] },
      from: 'package',
    });
  });

  test.each<[string[], string, string]>([
    [
      ['-y', 'absent@1.2.3'],
      '"absent@1.2.3", which is not installed',
      'npm install --save-exact absent@1.2.3',
    ],
    [
      ['-y', '@acme/absent'],
      '"@acme/absent", which is not installed',
      'npm install --save-exact @acme/absent',
    ],
    [
      ['plain-mcp@2.0.0'],
      'the installed version 1.2.3',
      'npm install --save-exact plain-mcp@2.0.0, or write "plain-mcp@1.2.3"',
    ],
    [
      ['plain-mcp@^2'],
      'the installed version 1.2.3',
      'npm install --save-exact plain-mcp@^2, or write "plain-mcp@1.2.3"',
    ],
    [
      ['two-commands'],
      '"two-commands", which has "a", "b"',
      'write args: ["-p", "two-commands", "a"]',
    ],
    [
      ['-p', 'two-commands', 'c'],
      '"two-commands", which does not have it',
      'name a command that two-commands has',
    ],
    [
      ['a-module'],
      '"a-module", which has none',
      'if it exports a server, write module: "a-module" instead of command and args',
    ],
    [
      ['damaged'],
      '"damaged", whose package.json cannot be read',
      'install it again: npm install --save-exact damaged',
    ],
    [
      ['half-installed'],
      'the command of "half-installed", which does not exist',
      'install the package again',
    ],
    [['github:acme/server'], '"github:acme/server"', 'install the package, and write its name'],
    [['./local'], '"./local"', 'install the package, and write its name'],
    [['-c', 'plain-mcp | tee x'], '"-c"', 'name the package and its arguments'],
    [['--inspect', 'plain-mcp'], '"--inspect"', 'delete it, or move it after the package name'],
    [['-y'], 'none', 'write, for example, args: ["-y", "some-mcp-server"]'],
    [[], 'none', 'write, for example, args: ["-y", "some-mcp-server"]'],
  ])('npx %j is refused with the fix', (args, got, fix) => {
    expect(find('npx', args)).toEqual({
      problem: { key: 'args', expected: expect.any(String), got, fix },
    });
  });
});

describe('other programs', () => {
  test.each<[string, string[], { file: string; args: string[]; from: string }]>([
    ['node', ['x.js'], { file: NODE, args: ['x.js'], from: 'node' }],
    ['node.exe', ['x.js'], { file: NODE, args: ['x.js'], from: 'node' }],
    ['uvx', ['a'], { file: join(root, 'path/uvx'), args: ['a'], from: 'path' }],
    ['npm', ['start'], { file: join(root, 'path/npm'), args: ['start'], from: 'path' }],
    ['./bin/server', ['a'], { file: join(directory, 'bin/server'), args: ['a'], from: 'file' }],
    ['bin/server', [], { file: join(directory, 'bin/server'), args: [], from: 'file' }],
    [join(root, 'path/uvx'), [], { file: join(root, 'path/uvx'), args: [], from: 'file' }],
    [
      './bin/server.mjs',
      ['a'],
      { file: NODE, args: [join(directory, 'bin/server.mjs'), 'a'], from: 'file' },
    ],
    [
      './bin/flags.txt',
      ['a'],
      {
        file: NODE,
        args: ['--no-warnings', '--stack-size=900', join(directory, 'bin/flags.txt'), 'a'],
        from: 'file',
      },
    ],
  ])('%s %j', (command, args, { file, args: started, from }) => {
    expect(find(command, args)).toEqual({ program: { file, args: started }, from });
  });

  test.each([
    [
      './bin/absent',
      '"./bin/absent", which does not exist',
      /relative to the folder of servers\.yaml/,
    ],
    ['./bin', '"./bin", which is a folder', /name a file in it/],
    [
      './bin/lost-its-bit',
      '"./bin/lost-its-bit", which is not executable',
      /^chmod \+x lost-its-bit, and in Git/,
    ],
    ['./bin/notes.txt', '"./bin/notes.txt", which is not a program', /begin with #!/],
    ['absent', '"absent", which is not on PATH', /install it on the machine that runs the host/],
    ['folder', '"folder", which is not on PATH', /install it/],
    ['uv', '"uv", which is not on PATH', /^write "\.\/uv"$/],
    ['locked', `"locked", which is not executable: ${join(root, 'path/locked')}`, /^chmod \+x/],
  ])('%s is refused with the fix', (command, got, fix) => {
    const found = find(command);
    expect(found).toEqual({
      problem: {
        key: 'command',
        expected: expect.any(String),
        got,
        fix: expect.stringMatching(fix),
      },
    });
  });

  test('a working folder that is missing, or is a file, is refused', () => {
    const at = (cwd: string) => findProgram({ command: 'node', args: [], cwd }, place);
    expect(at('bin')).toMatchObject({ from: 'node' });
    expect(at('none')).toMatchObject({
      problem: { key: 'cwd', got: '"none", which does not exist' },
    });
    expect(at('uv')).toMatchObject({ problem: { key: 'cwd', got: '"uv", which is a file' } });
  });

  test('a file that lost its execute bit is copied where that is allowed, and only an own one', () => {
    const changes = { mayCopy: true };
    expect(find('./bin/lost-its-bit', ['a'], changes)).toEqual({
      program: { file: join(directory, 'bin/lost-its-bit'), args: ['a'], isToBeCopied: true },
      from: 'file',
    });
    expect(find('../outside/lost-its-bit', [], changes)).toHaveProperty('problem');
    expect(find('./bin/notes.txt', [], changes)).toHaveProperty('problem');
    expect(find('./bin/server', [], changes)).toMatchObject({
      program: { file: join(directory, 'bin/server') },
    });
  });
});
