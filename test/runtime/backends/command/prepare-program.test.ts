// The way from an entry to a program that runs, as it is in Azure: files may have lost their
// execute bit, and native parts may be missing.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readEnvironment } from '../../../../config/env.ts';
import { executable } from '../../../../runtime/backends/command/executable-copy.ts';
import { explainMissingPart } from '../../../../runtime/backends/command/native-part.ts';
import { prepareProgram } from '../../../../runtime/backends/command/prepare-program.ts';
import { TemporaryFolder } from '../../../../runtime/backends/command/temporary-folder.ts';
import { Unavailability } from '../../../../runtime/exchange/unavailability.ts';
import { start } from './programs.ts';

const directory = mkdtempSync(join(tmpdir(), 'mcp-host-prepare-'));
const folder = new TemporaryFolder(directory);

afterAll(() => rmSync(directory, { recursive: true, force: true }));

const SCRIPT = `#!/bin/sh
read line
printf '{"jsonrpc":"2.0","id":1,"result":{"text":"%s"}}\\n' "$(cat "$(dirname "$0")/data.txt") $1"
`;

mkdirSync(join(directory, 'bin'));
writeFileSync(join(directory, 'bin/server'), SCRIPT, { mode: 0o644 });
writeFileSync(join(directory, 'bin/data.txt'), 'beside it');

const IN_AZURE = { WEBSITE_HOSTNAME: 'app.azurewebsites.net', PATH: process.env.PATH };

function prepare(command: string, args: readonly string[], variables: NodeJS.ProcessEnv) {
  const texts = { args, env: {}, headers: {}, url: undefined, inherited: {}, headerValues: {} };
  const environment = readEnvironment(variables);
  return prepareProgram({ name: 'notes', command }, { directory, environment, texts });
}

test('in Azure a file without execute bit is started as a copy that finds what lies beside it', async () => {
  const { program, cwd } = prepare('./bin/server', ['a b'], IN_AZURE);
  expect(cwd).toBe(directory);
  expect(program.file).not.toContain(directory);
  expect(statSync(program.file).mode & 0o777).toBe(0o755);
  const { ask } = await start({ program, cwd, env: { PATH: process.env.PATH ?? '' } });
  expect(await ask('one')).toMatchObject({ result: { text: 'beside it a b' } });
  // The file itself is left as it is.
  expect(statSync(join(directory, 'bin/server')).mode & 0o111).toBe(0);
});

test('one content is copied once, another one is another copy', () => {
  const program = { file: join(directory, 'bin/server'), args: [], isToBeCopied: true } as const;
  const first = executable(program, folder);
  const { mtimeMs } = statSync(first.file);
  expect(executable(program, folder)).toEqual(first);
  expect(statSync(first.file).mtimeMs).toBe(mtimeMs);
  writeFileSync(program.file, `${SCRIPT}# changed\n`);
  chmodSync(program.file, 0o644);
  expect(executable(program, folder).file).not.toBe(first.file);
});

test.each([
  ['at a developer', { PATH: '/bin' }],
  ['under Core Tools', { ...IN_AZURE, FUNCTIONS_CORETOOLS_ENVIRONMENT: 'true' }],
])('%s such a file is refused, with the fix', (_, variables) => {
  expect(() => prepare('./bin/server', [], variables)).toThrow(
    'servers.notes.command: expected a program, got "./bin/server", which is not executable. Fix: chmod +x server, and in Git: git update-index --chmod=+x.',
  );
});

test('what cannot be found is final, until the host is started again', () => {
  const fault = catchError(() => prepare('npx', ['-y', 'absent-mcp@1.0.0'], {}));
  expect(fault).toBeInstanceOf(Unavailability);
  expect(fault).toMatchObject({ word: 'program-not-found', isFinal: true });
  expect((fault as Error).message).toBe(
    'servers.notes.args: expected an installed package, got "absent-mcp@1.0.0", which is not installed. Fix: npm install --save-exact absent-mcp@1.0.0.',
  );
});

function catchError(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

const STACK = `Require stack:
- /app/node_modules/@azure-devops/mcp/node_modules/keytar/lib/keytar.js
- /app/node_modules/@azure-devops/mcp/dist/index.js`;

test.each([
  ["Error: Cannot find module '../build/Release/keytar.node'\n", STACK, 'keytar'],
  [
    'Error: Could not locate the bindings file. Tried:\n',
    ' → /app/node_modules/better-sqlite3/build/better_sqlite3.node',
    'better-sqlite3',
  ],
  [
    'Error: No native build was found for platform=linux arch=x64\n',
    '    attempted loading from: /app/node_modules/@scope/native',
    '@scope/native',
  ],
  [
    "Error: Cannot find module '@esbuild/linux-x64'\n",
    'Require stack:\n- C:\\app\\node_modules\\esbuild\\lib\\main.js',
    'esbuild',
  ],
  ['Error: Could not load the "sharp" module using the linux-x64 runtime\n', '', 'a package'],
])('%s is a native part that was left out', (sign, rest, name) => {
  const text = explainMissingPart(`some words before\n${sign}${rest}`);
  expect(text).toContain(`A native part of ${name} is missing`);
  expect(text).toContain('ignore-scripts=true');
  expect(text).toContain('--ignore-scripts=false');
});

test.each([
  "Error: Cannot find module 'left-pad'\nRequire stack:\n- /app/node_modules/x/index.js",
  'TypeError: token is undefined',
  '',
])('%j says nothing of a native part', (stderr) => {
  expect(explainMissingPart(stderr)).toBeUndefined();
});
