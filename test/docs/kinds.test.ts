// The pages about kinds of server: their examples are good.

import { expect, test } from 'vitest';
import { parseConfig } from '../../config/load.ts';
import { documents, fencedBlocks } from './markdown.ts';

const examples = documents
  .filter((document) => document.startsWith('docs/kinds/'))
  .flatMap((document) => fencedBlocks(document, 'yaml'));

test.each(examples)('$place is a good servers.yaml', ({ text }) => {
  expect(parseConfig(text, 'servers.yaml').servers.length).toBeGreaterThan(0);
});
