// Programs of Windows: its paths, PATHEXT, and no batch file. The disk is a table, so this runs
// everywhere.

import { expect, test } from 'vitest';
import type { Disk } from '../../config/disk.ts';
import { findProgram, type ProgramPlace } from '../../config/program.ts';

const files = new Set([
  'C:\\tools\\uvx.exe',
  'C:\\tools\\yarn-like.cmd',
  'C:\\late\\both.exe',
  'C:\\tools\\both.cmd',
  'C:\\app\\bin\\server.exe',
  'C:\\app\\bin\\start.bat',
  'C:\\app\\bin\\server.mjs',
]);
const disk: Disk = {
  kindOf: (path) => (files.has(path) ? 'file' : path === 'C:\\app\\bin' ? 'folder' : undefined),
  isExecutable: () => false,
  beginOf: () => Buffer.alloc(0),
};
const place: ProgramPlace = {
  mayCopy: true,
  ...{ directory: 'C:\\app', platform: 'win32', disk, node: 'C:\\node\\node.exe' },
  path: '"C:\\odd;C:\\tools;C:\\late;relative',
  pathExtensions: '.COM;.EXE;.BAT;.CMD;.VBS',
};

test.each([
  ['uvx', 'C:\\tools\\uvx.exe'],
  ['uvx.exe', 'C:\\tools\\uvx.exe'],
  ['both', 'C:\\late\\both.exe'],
  ['./bin/server.exe', 'C:\\app\\bin\\server.exe'],
  ['.\\bin\\server.exe', 'C:\\app\\bin\\server.exe'],
  ['C:\\tools\\uvx.exe', 'C:\\tools\\uvx.exe'],
  ['node', 'C:\\node\\node.exe'],
  ['NODE.EXE', 'C:\\node\\node.exe'],
])('%s is %s', (command, file) => {
  expect(findProgram({ command, args: [] }, place)).toMatchObject({ program: { file, args: [] } });
});

test('a script is run by Node', () => {
  expect(findProgram({ command: './bin/server.mjs', args: ['a'] }, place)).toMatchObject({
    program: { file: 'C:\\node\\node.exe', args: ['C:\\app\\bin\\server.mjs', 'a'] },
  });
});

test.each(['yarn-like', 'yarn-like.cmd', './bin/start.bat'])('%s needs a shell', (command) => {
  expect(findProgram({ command, args: [] }, place)).toMatchObject({
    problem: { key: 'command', got: `${JSON.stringify(command)}, a batch file` },
  });
});

test.each([
  ['./bin', 'which is a folder'],
  ['./absent.exe', 'which does not exist'],
  ['absent', 'which is not on PATH'],
])('%s is refused', (command, got) => {
  expect(findProgram({ command, args: [] }, place)).toMatchObject({
    problem: { got: `${JSON.stringify(command)}, ${got}` },
  });
});
