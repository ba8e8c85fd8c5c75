// docs/configuration.md: its tables are those of the schema, and its example is good.

import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parseConfig } from '../../config/load.ts';
import { renderConfigurationTables } from './configuration-tables.ts';
import { fencedBlocks, readDocument } from './markdown.ts';

const page = 'docs/configuration.md';

test('the tables say what config/schema.ts says (else: npx vitest run test/docs --update)', async () => {
  const parts = readDocument(page).split(/<!-- begin -->\n.*?<!-- end -->/s);
  expect(parts).toHaveLength(2);
  const tables = `<!-- begin -->\n\n${renderConfigurationTables()}\n\n<!-- end -->`;
  await expect(parts.join(tables)).toMatchFileSnapshot(resolve(page));
});

test('the example is a good servers.yaml', () => {
  const [example] = fencedBlocks(page, 'yaml');
  const config = parseConfig(example?.text ?? '', 'servers.yaml');
  expect(config.servers.map(({ name }) => name)).toEqual(['weather']);
});
