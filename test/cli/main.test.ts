// What every command has in common: help, exit codes, wrong use, colours.

import { describe, expect, test } from 'vitest';
import { makeFolder, runCli, spawnCli } from './run-cli.ts';

const commands = ['check', 'list', 'mcp-json', 'import', 'schema', 'dev', 'conformance'];

describe('the command line', () => {
  test('shows all commands with --help', async () => {
    const { code, out, err } = await runCli(['--help']);
    expect({ code, err }).toEqual({ code: 0, err: [] });
    for (const command of commands) expect(out.join('\n')).toContain(`  ${command} `);
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
      err: ['mcp-host: no command given', 'See: npm run --silent mcp-host -- --help'],
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
        `See: npm run --silent mcp-host -- ${command} --help`,
      ]);
    },
  );

  test('refuses arguments that are no options', async () => {
    expect(await runCli(['list', 'weather'])).toMatchObject({ code: 2, out: [] });
  });

  test('ends a process with 0, 1 or 2', () => {
    const folder = makeFolder({});
    expect(spawnCli(['--help'], { folder }).code).toBe(0);
    expect(spawnCli(['check'], { folder })).toMatchObject({ code: 1, out: [] });
    expect(spawnCli(['nothing'], { folder })).toMatchObject({ code: 2, out: [] });
  });

  test('colours only where they are wanted', () => {
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
