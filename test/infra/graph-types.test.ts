// infra/graph.tgz: the package that everybody compiles with is that of graph-types.ts, and names
// the extension as the published one does. Written anew by: npx vitest run
// test/infra/graph-types.test.ts --update

import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { compiler, copyTemplate, packGraphTypes } from './bicep.ts';

const committed = resolve(import.meta.dirname, '../../infra/graph.tgz');

/** What Azure looks the extension up by: the settings of the published package. */
// https://github.com/microsoftgraph/msgraph-bicep-types
// generated/microsoftgraph/microsoft.graph/v1.0/1.0.0/index.json
const published = { provider: 'MicrosoftGraph', version: '1.0.0' };

const BLOCK_BYTES = 512;

/**
 * The files of a .tgz, and of those in it, by name: two packages of one content differ in times.
 */
function filesOf(packed: Buffer): Record<string, string> {
  const tar = gunzipSync(packed);
  const files: Record<string, string> = {};
  for (let start = 0; tar[start]; ) {
    const textAt = (offset: number, length: number) =>
      tar.toString('utf8', start + offset, start + offset + length).split('\0')[0] ?? '';
    const name = textAt(0, 100);
    const bytes = Number.parseInt(textAt(124, 12), 8);
    const content = tar.subarray(start + BLOCK_BYTES, start + BLOCK_BYTES + bytes);
    // Other entries than regular files hold times and the like.
    const isFile = textAt(156, 1) === '0' || textAt(156, 1) === '';
    if (isFile && name.endsWith('.tgz')) Object.assign(files, filesOf(content));
    else if (isFile) files[name] = content.toString('utf8');
    start += BLOCK_BYTES * (1 + Math.ceil(bytes / BLOCK_BYTES));
  }
  return files;
}

test.skipIf(compiler === undefined)('infra/graph.tgz is the package of graph-types.ts', () => {
  const fresh = packGraphTypes();
  const { snapshotState } = expect.getState();
  if (snapshotState.snapshotUpdateState === 'all') writeFileSync(committed, fresh);
  const files = filesOf(readFileSync(committed));
  expect(Object.keys(files).toSorted()).toEqual(['index.json', 'types.json']);
  expect(files).toEqual(filesOf(fresh));
});

test.skipIf(compiler === undefined)('a template names the extension as the published one', () => {
  const template = copyTemplate('servers:\n  notes: { module: ./notes.ts, auth: entra }\n');
  try {
    const { stdout } = template.run(['build', 'infra/main.bicep', '--stdout']);
    const named = [...stdout.matchAll(/"microsoftGraphV1": (\{[^{}]*\})/g)];
    expect(named.map(([, text = '']) => JSON.parse(text))).toEqual([published]);
  } finally {
    template.remove();
  }
});
