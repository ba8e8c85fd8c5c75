// How a table of text is laid out.

import { expect, test } from 'vitest';
import { textTable } from '../../config/text-table.ts';

test('columns are as wide as their widest cell, two spaces apart, and no line ends in blanks', () => {
  const rows = [
    ['name', 'calls', 'note'],
    ['a', '1,000', ''],
    ['longer', '7', 'x'],
  ];
  expect(textTable(rows)).toEqual(['name    calls  note', 'a       1,000', 'longer  7      x']);
});

test('cells stand at the right where the caller says so', () => {
  const rows = [
    ['name', 'calls'],
    ['a', '12'],
  ];
  const isNumber = (cell: string): boolean => /^\d+$/.test(cell);
  expect(textTable(rows, (_, column) => column > 0)).toEqual(['name  calls', 'a        12']);
  expect(textTable(rows, isNumber)).toEqual(['name  calls', 'a        12']);
  expect(textTable([['12'], ['name']], isNumber)).toEqual(['  12', 'name']);
});

test('no rows are no lines', () => {
  expect(textTable([])).toEqual([]);
});
