// Suggestions for mistyped words.

import { expect, test } from 'vitest';
import { foreignKey, meantWord, nearestWord } from '../../config/spelling.ts';

const keys = ['module', 'path', 'timeoutMs', 'maxConcurrent', 'auth', 'env'];

test.each([
  ['modul', 'module'],
  ['mdoule', 'module'],
  ['Timeout-MS', 'timeoutMs'],
  ['maxConcurent', 'maxConcurrent'],
  ['pth', 'path'],
  ['atuh', 'auth'],
])('takes %s for %s', (written, meant) => {
  expect(nearestWord(written, keys)).toBe(meant);
});

test.each(['colour', 'x', 'memory', ''])('does not guess what %j means', (written) => {
  expect(nearestWord(written, keys)).toBeUndefined();
});

test('knows words of other programs only where they are allowed here', () => {
  expect(meantWord('none', ['function', 'anonymous'])).toBe('anonymous');
  expect(meantWord('none', ['per-request', 'shared'])).toBeUndefined();
});

test('knows foreign keys at their level, without case and separators', () => {
  expect(foreignKey('MCP_Servers', 'top')?.means).toBe('servers');
  expect(foreignKey('mcpServers', 'server')).toBeUndefined();
  expect(foreignKey('toString', 'server')).toBeUndefined();
});
