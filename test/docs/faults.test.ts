// docs/faults.md names, for each fault, tests and scenarios that are there.

import { join } from 'node:path/posix';
import { expect, test } from 'vitest';
import { readDocument } from './markdown.ts';
import { testTitles } from './test-titles.ts';

const PAGE = 'docs/faults.md';

/** Rows of the tables whose last column has tests. */
const rows = readDocument(PAGE)
  .split(/^## /m)
  .slice(1)
  .flatMap((group) => group.split('\n').filter((line) => line.startsWith('| ')))
  .filter((line) => !/^\| (fault|---) /.test(line))
  .map((line) => {
    const cells = line.slice(2, -2).split(' | ');
    return { fault: cells[0] as string, cells, tests: testsIn(cells.at(-1) as string) };
  });

function testsIn(cell: string): { file: string; title: string }[] {
  return [...cell.matchAll(/\[(.*?)\]\(([^)]+\.ts)\)/g)].map(([, text = '', path = '']) => ({
    file: join('docs', path),
    title: text.replaceAll(/\\(?=[|_])/g, ''),
  }));
}

/** Tests, or the scenario of `npm run soak` that the file is. */
function titlesIn(file: string): ReadonlySet<string> {
  if (file.endsWith('.test.ts')) return testTitles(file);
  const [, name] = /^ {2}name: '(.*)',$/m.exec(readDocument(file)) ?? [];
  return new Set(name === undefined ? [] : [`npm run soak: ${name}`]);
}

test.each(rows)('$fault: has an outcome for everybody, and tests that are there', (row) => {
  expect(row.cells).toHaveLength(4);
  expect(row.cells.filter((cell) => cell.trim() === '')).toEqual([]);
  expect(row.tests).not.toEqual([]);
  const missing = row.tests.filter(({ file, title }) => !titlesIn(file).has(title));
  expect(missing).toEqual([]);
});

test('no fault has two rows', () => {
  const faults = rows.map(({ fault }) => fault);
  expect(faults.length).toBeGreaterThan(50);
  expect(new Set(faults).size).toBe(faults.length);
});
