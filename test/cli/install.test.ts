// mcp-host install: what a person sees and is asked, several clients at once, and wrong use.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${…} is what clients fill in.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openServers, remote, start, url } from './person.ts';
import { cliScript } from './run-cli.ts';

describe('all', () => {
  const here = {
    '.cursor/mcp.json': '{',
    '.codex/config.toml': '',
    '.kiro/x': '',
    '.codeium/x': '',
  };

  test('one client that fails does not stop the others', async () => {
    const { install, read, fileOf } = start(here, openServers);
    const { code, out, err } = await install('--client', 'all');
    expect(code).toBe(1);
    const wrote = out.filter((line) => line.startsWith('Wrote '));
    expect(wrote).toEqual([
      `Wrote ${fileOf('codex')}: notes, tasks.`,
      `Wrote ${fileOf('kiro')}: notes, tasks.`,
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

test.skipIf(process.platform === 'win32')(
  '--azd asks azd once for any number of clients, and uninstall --azd is the way back',
  async () => {
    const { folder, run, readOf, put } = start({ '.codex/x': '' });
    const script =
      '#!/bin/sh\necho "$3" >> asked\ncase "$3" in SERVICE_MCP_URI) echo https://app.azurewebsites.net;; MCP_CLIENT_ID) echo the-client;; *) exit 1;; esac\n';
    writeFileSync(join(folder, 'azd'), script, { mode: 0o755 });
    const env = { PATH: folder + delimiter + process.env.PATH };
    put('cursor', '{"mcpServers":{"theirs":{}}}');
    const { code, out } = await run(['install', '--azd', '--client', 'all'], undefined, env);
    expect({ code, wrote: out.filter((line) => line.startsWith('Wrote')).length }).toEqual({
      code: 0,
      wrote: 2,
    });
    const asked = readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n');
    expect(asked.length).toBe(new Set(asked).size);
    expect(readOf('cursor')).toContain('"CLIENT_ID": "the-client"'.replaceAll(' ', ''));
    expect(readOf('codex')).toContain('client_id = "the-client"');
    expect((await run(['uninstall', '--azd', '--client', 'all'], undefined, env)).code).toBe(0);
    expect(readOf('cursor')).toBe('{"mcpServers":{"theirs":{}}}');
  },
);

describe('wrong use', () => {
  test.each([
    [['--client', 'curser'], '--client: unknown client "curser", did you mean "cursor"?'],
    [['--client', 'chat'], '--client: unknown client "chat", did you mean "chatgpt"?'],
    [['--client', 'all', '--client', 'cursor'], '--client all cannot be used with other names'],
    [
      ['--client', 'cursor', '--target', 'azure'],
      '--target: expected local, func, remote, apim, got "azure"',
    ],
    [
      ['--client', 'cursor', '--azd', '--target', 'local'],
      '--azd cannot be used with --target or --url',
    ],
    [['--client', 'cursor', '--target', 'remote'], '--target remote needs --url'],
    [['--client', 'cursor', '--write'], "Unknown option '--write'"],
    [[], '--client is needed: a name, or "all". No client was found on this machine.'],
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
      '--client is needed: a name, or "all". On this machine: cursor, kiro.',
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
    expect(shown).toContain('If Cursor is running, restart it');
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
        expect(shown.trimEnd().split('\n').at(-1)).toBe('Cancelled. Nothing was changed.');
        for (const [name, text] of Object.entries(files)) expect(read(name)).toBe(text);
        expect(readdirSync(join(home, '.cursor'))).toEqual(['mcp.json']);
      }
    },
  );
});
