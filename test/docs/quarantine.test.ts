// docs/adding-a-server.md names every reason of quarantine, with a fix.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { tableRows } from './markdown.ts';

const rows = tableRows('docs/adding-a-server.md', 'reason');

test('every reason of runtime/backends/quarantine.ts has a row, and no row is left over', () => {
  const text = readFileSync('runtime/backends/quarantine.ts', 'utf8');
  const union = /export type QuarantineReason =(.*?);/s.exec(text)?.[1] ?? '';
  const words = [...union.matchAll(/'([a-z-]+)'/g)].map(([, word]) => word as string);
  expect(words.length).toBeGreaterThan(0);
  expect(rows.map(([reason]) => reason as string).toSorted()).toEqual(words.toSorted());
});

test.each(rows)('%s has a meaning and a fix', (_reason, meaning, fix) => {
  expect(meaning).toMatch(/\.$/);
  expect(fix).toMatch(/\.$/);
});
