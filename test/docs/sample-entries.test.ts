// The entries of servers.yaml that are commented out are good ones, with what stands above them.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ProjectCopy } from './project-copy.ts';
import { sampleEntries } from './sample-entries.ts';

const check = 'npx --no mcp-host check';
const project = new ProjectCopy();
beforeAll(() => {
  expect(project.run('npm run build').status).toBe(0);
}, 120_000);
afterAll(() => project.remove());

/** Of the shape that the real package has, which only the network could bring. */
const INSTALLED = {
  name: '@upstash/context7-mcp',
  version: '4.1.1',
  type: 'module',
  bin: { 'context7-mcp': 'dist/index.js' },
};

test('check accepts every sample once its package is installed as the file says', () => {
  const text = readFileSync('servers.yaml', 'utf8');
  expect(sampleEntries).toHaveLength(2);
  project.write('servers.yaml', text + sampleEntries.join(''));
  const before = project.run(check);
  const [install = ''] = /npm install --save-exact \S+/.exec(text) ?? [];
  expect(install).toContain(`${INSTALLED.name}@${INSTALLED.version}`);
  expect(before.status).toBe(1);
  expect(before.stderr).toContain(install);
  const folder = `node_modules/${INSTALLED.name}`;
  project.write(`${folder}/package.json`, JSON.stringify(INSTALLED));
  project.write(`${folder}/dist/index.js`, '');
  for (const command of [check, `${check} --target azure`]) {
    expect(project.run(command)).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^servers\.yaml is fine: 4 servers /),
      stderr: '',
    });
  }
}, 120_000);
