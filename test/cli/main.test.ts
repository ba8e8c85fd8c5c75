// What every command has in common: help, exit codes, wrong use, colors.

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { commands as allCommands } from '../../cli/command-list.ts';
import { cliScript, makeFolder, runCli, spawnCli } from './run-cli.ts';

const commands = [
  ...['add', 'remove', 'enable', 'disable', 'check', 'list', 'mcp-json', 'import', 'schema', 'dev'],
  ...['install', 'uninstall', 'conformance'],
];

/** Without the settings of the npx or npm that runs the tests: they would count for the one within. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith('npm_')),
);

describe('the command line', () => {
  test.each([['help'], ['--help'], ['-h']])('%s shows all commands', async (word) => {
    const { code, out, err } = await runCli([word]);
    expect({ code, err }).toEqual({ code: 0, err: [] });
    for (const command of allCommands.keys()) expect(out.join('\n')).toContain(`  ${command} `);
  });

  test.each([[undefined], [80], [52], [51], [40]])(
    'no line of the help is longer than a terminal of %s columns',
    async (columns) => {
      setColumns(columns);
      const { out } = await runCli(['help']);
      expect(out.filter((line) => line.length > (columns ?? 80))).toEqual([]);
      expect(out.join('\n')).toMatch(/^ {2}conformance\s+run the official test suite of MCP$/m);
    },
  );

  test.each([...allCommands.keys()])('help %s is what its --help shows', async (command) => {
    const { code, out, err } = await runCli(['help', command]);
    expect({ code, err }).toEqual({ code: 0, err: [] });
    expect(out).toEqual((await runCli([command, '--help'])).out);
    expect(out).toEqual((await runCli(['--help', command])).out);
  });

  test.each([
    [['help', 'chek'], 'unknown command "chek", did you mean "check"?'],
    [['help', 'check', 'list'], 'expected nothing after the name of a command, got "list"'],
  ])('%j is wrong use', async (args, message) => {
    expect(await runCli(args)).toEqual({
      code: 2,
      out: [],
      err: [`mcp-host: ${message}`, 'See: npx --no mcp-host help'],
    });
  });

  test.each(commands)('%s --help shows its use, whatever else is written', async (command) => {
    const { code, out } = await runCli([command, '--nonsense', '--help'], {
      folder: makeFolder({}),
    });
    expect(code).toBe(0);
    expect(out[0]).toMatch(new RegExp(`^mcp-host ${command}`));
  });

  test('without a command is wrong use', async () => {
    expect(await runCli([])).toEqual({
      code: 2,
      out: [],
      err: ['mcp-host: no command given', 'See: npx --no mcp-host help'],
    });
  });

  test('suggests the command that was meant', async () => {
    expect((await runCli(['chek'])).err[0]).toBe(
      'mcp-host: unknown command "chek", did you mean "check"?',
    );
    expect((await runCli(['mcpJson'])).err[0]).toContain('did you mean "mcp-json"?');
    expect((await runCli(['frobnicate'])).err[0]).toBe('mcp-host: unknown command "frobnicate"');
    expect((await runCli(['frobnicate'])).code).toBe(2);
  });

  test.each(commands)(
    '%s refuses an unknown option with code 2 and the place of the help',
    async (command) => {
      const { code, out, err } = await runCli([command, '--jsn']);
      expect({ code, out }).toEqual({ code: 2, out: [] });
      expect(err).toEqual([
        "mcp-host: Unknown option '--jsn'",
        `See: npx --no mcp-host help ${command}`,
      ]);
    },
  );

  test('is the bin of the project, which npx runs without fetching anything', () => {
    const { status, stdout } = spawnSync('npx --no mcp-host list --json', {
      shell: true,
      encoding: 'utf8',
      env,
    });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toHaveLength(2);
  });

  test('says how to build the project while it is not built', () => {
    const folder = makeFolder({ 'package.json': readFileSync('package.json', 'utf8') });
    mkdirSync(join(folder, 'cli'));
    copyFileSync(cliScript, join(folder, 'cli/mcp-host.js'));
    const { status, stderr } = spawnSync('npx --no mcp-host check', {
      cwd: folder,
      shell: true,
      env,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'mcp-host: this project is not built. Fix: run npm install && npm run build\n',
    });
  });

  test('refuses arguments that are no options', async () => {
    expect(await runCli(['list', 'weather'])).toMatchObject({ code: 2, out: [] });
  });

  test('ends a process with 0, 1 or 2', () => {
    const folder = makeFolder({});
    expect(spawnCli(['--help'], { folder }).code).toBe(0);
    expect(spawnCli(['check'], { folder })).toMatchObject({ code: 1, out: [] });
    expect(spawnCli(['nothing'], { folder })).toMatchObject({ code: 2, out: [] });
  });

  test('colors only where they are wanted', () => {
    const { out } = spawnCli(['list'], { env: { FORCE_COLOR: '1' } });
    expect(out.join('')).toContain('\u001b[1mNAME');
    for (const env of [{}, { NO_COLOR: '1' }]) {
      expect(spawnCli(['list'], { env }).out.join('')).not.toContain('\u001b');
    }
  });

  test('tells a faulty servers.yaml and a faulty variable in the same way, without a stack', async () => {
    const folder = makeFolder({ 'servers.yaml': 'servers:\n  a: { modul: ./a.js }\n' });
    expect(await runCli(['list'], { folder })).toEqual({
      code: 1,
      out: [],
      err: [
        'servers.yaml:2:8 servers.a.modul: expected a known key, got "modul". Fix: write "module"',
      ],
    });
    expect((await runCli(['list'], { folder, env: { PORT: 'x' } })).err).toEqual([
      'PORT: expected a port number from 0 to 65535, got "x". Fix: set PORT=3000, or PORT=0 for any free port',
    ]);
  });
});

/** As on a terminal of this width; undefined: in a pipe. */
function setColumns(columns: number | undefined): void {
  const before = Object.getOwnPropertyDescriptor(process.stdout, 'columns');
  Object.defineProperty(process.stdout, 'columns', { value: columns, configurable: true });
  onTestFinished(() => {
    Reflect.deleteProperty(process.stdout, 'columns');
    if (before !== undefined) Object.defineProperty(process.stdout, 'columns', before);
  });
}
