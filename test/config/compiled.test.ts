// The configuration that the build leaves for the start: equal to what the file says, or not used.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compile, readCompiled } from '../../config/compiled.ts';
import { loadConfig } from '../../config/load.ts';

const EVERY_KIND = `
host: { strict: true, allowedHosts: [mcp.example.com] }
defaults: { rateLimit: { max: 5, windowSeconds: 60 } }
servers:
  notes:
    module: ./notes.ts
    auth: entra
    env: { TOKEN: '\${TOKEN:-none}' }
    tools: { allow: [read] }
  off: { module: some-package, enabled: false }
`;

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'compiled-'));
  mkdirSync(join(folder, 'dist'));
  file = join(folder, 'servers.yaml');
  writeFileSync(file, EVERY_KIND);
  writeFileSync(join(folder, 'dist/servers.json'), compile(loadConfig(file)));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('is what the file says, and frozen', () => {
  const config = readCompiled(file, join(folder, 'dist'));
  expect(config).toEqual(loadConfig(file));
  expect(Object.isFrozen(config?.servers[0]?.env)).toBe(true);
});

test.each([
  ['has changed', () => writeFileSync(file, EVERY_KIND.replace('notes:', 'memos:'))],
  ['was not built', () => rmSync(join(folder, 'dist/servers.json'))],
  ['was built halfway', () => writeFileSync(join(folder, 'dist/servers.json'), '{"text":')],
  ['was built as something else', () => writeFileSync(join(folder, 'dist/servers.json'), 'null')],
])('is not used for a file that %s', (_, change) => {
  change();
  expect(readCompiled(file, join(folder, 'dist'))).toBeUndefined();
});

test('a file that does not exist is told as always', () => {
  rmSync(file);
  expect(() => readCompiled(file, join(folder, 'dist'))).toThrow('got none');
});
