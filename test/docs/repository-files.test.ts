// The files that GitHub reads: what CI runs, with which rights, and what Dependabot watches; and
// what the lock file holds.

import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const workflows = readdirSync('.github/workflows').map((name) => `.github/workflows/${name}`);

describe.each(workflows)('%s', (file) => {
  const text = readFileSync(file, 'utf8');
  const workflow = parse(text);

  test('pins each action to a commit, with its version beside it', () => {
    const uses = [...text.matchAll(/uses: (.*)/g)].map(([, action]) => action as string);
    expect(uses.length).toBeGreaterThan(0);
    for (const action of uses) expect(action).toMatch(/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test('may read the repository and nothing else, and leaves no token behind', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    expect(text).not.toContain('pull_request_target');
    const steps = Object.values<{ steps: { uses?: string; with?: object }[] }>(workflow.jobs);
    const checkouts = steps
      .flatMap((job) => job.steps)
      .filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    for (const checkout of checkouts) {
      expect(checkout.with).toMatchObject({ 'persist-credentials': false });
    }
  });
});

test('CI runs .ci/run on every line of Node that is supported', () => {
  const { jobs } = parse(readFileSync('.github/workflows/ci.yml', 'utf8'));
  expect(jobs.linux.strategy.matrix.node).toEqual([20, 22, 24]);
  expect(jobs.linux.steps).toContainEqual({ run: 'bash .ci/run' });
});

test.skipIf(process.platform === 'win32')('.ci/run can be executed', () => {
  expect(() => accessSync('.ci/run', constants.X_OK)).not.toThrow();
});

test('Dependabot watches every lock file', () => {
  const folders = ['', '/bench', ...readdirSync('test').map((name) => `/test/${name}`)];
  const locked = folders.filter((folder) => existsSync(`.${folder}/package-lock.json`));
  const { updates } = parse(readFileSync('.github/dependabot.yml', 'utf8'));
  const npm = updates.find(
    (update: Record<string, unknown>) => update['package-ecosystem'] === 'npm',
  );
  expect(npm.directories).toEqual(locked.map((folder) => folder || '/'));
  const nuget = updates.find(
    (update: Record<string, unknown>) => update['package-ecosystem'] === 'nuget',
  );
  expect(existsSync(`.${nuget.directory}/packages.lock.json`)).toBe(true);
});

test('there is one copy of each OpenTelemetry package: two do not know each other', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const names = Object.keys(packages)
    .map((path) => path.split('node_modules/').at(-1) as string)
    .filter((name) => name.startsWith('@opentelemetry/'));
  expect(names.length).toBeGreaterThan(20);
  expect(names).toEqual([...new Set(names)]);
});
