// Tables on a narrow terminal: a block per row instead of lines that the terminal wraps.

import { expect, test } from 'vitest';
import { renderTable } from '../../cli/table.ts';

const header = ['NAME', 'PATH', 'NOTE'];
const rows = [
  ['weather', '/weather/mcp', 'shared by all callers'],
  ['time', '/time/mcp', ''],
];
const table = [
  'NAME     PATH          NOTE',
  'weather  /weather/mcp  shared by all callers',
  'time     /time/mcp',
];

test.each([[undefined], [80], [60], [44]])('a terminal of %s columns has the table', (width) => {
  expect(renderTable(header, rows, width)).toEqual(table);
});

test('a narrower one has a block for each row, without empty cells', () => {
  expect(renderTable(header, rows, 40)).toEqual([
    ...['weather', '  PATH  /weather/mcp', '  NOTE  shared by all callers'],
    ...['time', '  PATH  /time/mcp'],
  ]);
});
