// mcp-host schema: prints, writes and checks the JSON Schema.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder, runCli } from './run-cli.ts';

const committed = readFileSync('config/servers.schema.json', 'utf8');

test('schema prints what is committed', async () => {
  expect((await runCli(['schema'])).out.join('\n')).toBe(committed.trimEnd());
});

test('schema --write writes the file, and --check tells whether it is fresh', async () => {
  const folder = makeFolder({ 'config/servers.schema.json': '{}' });
  const line = (got: string) =>
    `config/servers.schema.json: expected the schema that config/schema.ts generates, got ${got}. Fix: npx --no mcp-host schema --write`;
  expect(await runCli(['schema', '--check'], { folder })).toEqual({
    code: 1,
    out: [],
    err: [line('different content')],
  });
  expect((await runCli(['schema', '--check'], { folder: makeFolder({}) })).err).toEqual([
    line('no file'),
  ]);
  expect((await runCli(['schema', '--write'], { folder })).code).toBe(0);
  expect(readFileSync(join(folder, 'config/servers.schema.json'), 'utf8')).toBe(committed);
  expect((await runCli(['schema', '--check'], { folder })).code).toBe(0);
});

test('schema refuses --write together with --check', async () => {
  expect((await runCli(['schema', '--write', '--check'])).code).toBe(2);
});
