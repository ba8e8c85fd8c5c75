// docs/updating.md: its commands of Git, in their order, between a small repository and a copy of it
// that has servers of its own.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commandsIn } from './markdown.ts';

const home = realpathSync(mkdtempSync(join(tmpdir(), 'mcp-update-')));
const upstream = join(home, 'upstream');
const copy = join(home, 'copy');
const commands = commandsIn('docs/updating.md').filter((command) => command.startsWith('git '));
const printed = new Map<string, string>();

beforeAll(() => {
  mkdirSync(upstream);
  run('git init --initial-branch main', upstream);
  commit(upstream, { 'CHANGELOG.md': 'old\n', 'servers.yaml': 'servers: {}\n' });
  run(`git clone "${upstream}" copy`, home);
  commit(copy, { 'servers.yaml': 'servers: { mine: {} }\n' });
  commit(upstream, { 'CHANGELOG.md': 'old\nnew\n', 'runtime.ts': 'new\n' });
  for (const command of commands) {
    const local = command.replace(/https:\S+/, upstream.replaceAll('\\', '/'));
    printed.set(command, run(local, copy));
    if (command.startsWith('git merge')) {
      expect(read('runtime.ts')).toBe('new\n');
      expect(read('servers.yaml')).toContain('mine');
    }
  }
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

test('show what is new before the merge', () => {
  expect(printed.get(commands.find((command) => command.startsWith('git diff')) ?? '')).toMatch(
    /^\+new$/m,
  );
});

test('leave the earlier version on main, and the merge in one commit of the branch', () => {
  expect(run('git branch --show-current', copy)).toBe('main\n');
  expect(read('CHANGELOG.md')).toBe('old\n');
  expect(run('git log --merges --format=%s update', copy)).toMatch(/^Merge .*upstream\/main.*\n$/);
});

test('the merge can be undone after it is on main', () => {
  run('git merge update', copy);
  run('git revert -m 1 --no-edit HEAD', copy);
  expect(read('CHANGELOG.md')).toBe('old\n');
  expect(read('servers.yaml')).toContain('mine');
});

function commit(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  run('git add -A', folder);
  run('git commit -m change', folder);
}

function read(name: string): string {
  return readFileSync(join(copy, name), 'utf8').replaceAll('\r\n', '\n');
}

function run(command: string, cwd: string): string {
  const person = { NAME: 'me', EMAIL: 'me@example.com' };
  const names = Object.entries(person).flatMap(([key, value]) =>
    ['AUTHOR', 'COMMITTER'].map((role) => [`GIT_${role}_${key}`, value]),
  );
  const { status, stdout, stderr } = spawnSync(command, {
    cwd,
    env: {
      ...{ PATH: process.env.PATH, HOME: home, GIT_CONFIG_NOSYSTEM: '1' },
      ...Object.fromEntries(names),
    },
    shell: true,
    encoding: 'utf8',
  });
  expect({ command, status, stderr: status === 0 ? '' : stderr }).toEqual({
    ...{ command, status: 0, stderr: '' },
  });
  return stdout;
}
