// The second app that docs/kinds/csharp-and-python.md shows: its Bicep compiles beside ours.

import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { compiler, copyTemplate } from './bicep.ts';

const PAGE = 'docs/kinds/csharp-and-python.md';

/** Blocks within a list are indented. */
const [app = '', modules = ''] = [
  ...readFileSync(PAGE, 'utf8').matchAll(/^ {3}```bicep\n(.*?)^ {3}```$/gms),
].map(([, block = '']) => block.replaceAll(/^ {3}/gm, ''));

test.skipIf(compiler === undefined)(
  'the Bicep of the second app compiles without a warning',
  () => {
    const template = copyTemplate(readFileSync('servers.yaml', 'utf8'));
    onTestFinished(() => template.remove());
    writeFileSync(join(template.folder, 'infra/python.bicep'), app);
    appendFileSync(join(template.folder, 'infra/main.bicep'), `\n${modules}`);

    const { status, stdout, stderr } = template.run(['build', 'infra/main.bicep', '--stdout']);

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('func-py-');
  },
);
