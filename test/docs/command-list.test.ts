// docs/commands.md lists the commands that `mcp-host help` lists, by the same groups.

import { expect, test } from 'vitest';
import { commandGroups } from '../../cli/command-list.ts';
import { tableRows } from './markdown.ts';

test('the page lists each command in its group, with its summary', () => {
  const rows = commandGroups.flatMap(({ title, commands }) =>
    commands.map(({ name, summary }) => [title, name, summary]),
  );
  expect(tableRows('docs/commands.md', 'to')).toEqual(rows);
});
