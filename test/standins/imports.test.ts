// The stand-ins import nothing of ours, and nothing that is deployed imports them. Lint holds both: here each forbidden
// import is planted, and lint must find it.

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';

const FORBIDDEN = [
  'config/load.ts',
  'runtime/app.ts',
  'runtime/protocol/refusals.ts',
  'cli/main.ts',
  'build/main.ts',
  'servers/time/index.ts',
  'infra/hooks/gateway-key.mjs',
  'test/infra/cases.ts',
  'bench/call.ts',
].map((path) => `../../${path}`);
const ALLOWED = ['node:http', 'jose', './policy-xml.ts', '../options.ts'];
const DEPLOYED = ['config', 'runtime', 'runtime/protocol', 'cli', 'servers/time'];

const FORMS: Readonly<Record<string, (path: string) => string>> = {
  'an import': (path) => `import { a } from '${path}';\n\na();\n`,
  'a type import': (path) => `import type { A } from '${path}';\n\nexport const a: A = 1;\n`,
  're-exporting': (path) => `export { a } from '${path}';\n`,
  'a dynamic import': (path) => `export const a = await import('${path}');\n`,
};

interface Plant {
  readonly form: string;
  readonly from: string;
  readonly path: string;
}

const inForms = (plant: Omit<Plant, 'form'>): Plant[] =>
  Object.keys(FORMS).map((form) => ({ ...plant, form }));
const refused = [
  ...FORBIDDEN.map((path) => ({ from: 'standins/gateway', path })),
  ...DEPLOYED.map((from) => ({ from, path: '../standins/openid-issuer/openid-issuer.ts' })),
].flatMap(inForms);
const taken = ALLOWED.map((path) => ({ from: 'standins/functions-host/fixtures', path })).flatMap(
  inForms,
);
const plants = [...refused, ...taken];

/** Where a plant is, in a folder with our rules of lint. */
const fileOf = (plant: Plant) => `${plant.from}/planted-${plants.indexOf(plant)}.ts`;

let found: string;
beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-lint-'));
  copyFileSync('biome.json', join(folder, 'biome.json'));
  for (const plant of plants) {
    const file = join(folder, fileOf(plant));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, FORMS[plant.form]?.(plant.path) ?? '');
  }
  const biome = resolve('node_modules/@biomejs/biome/bin/biome');
  const options = ['--vcs-enabled=false', '--max-diagnostics=none', '--reporter=github'];
  const { stdout } = spawnSync(process.execPath, [biome, 'lint', ...options], {
    cwd: folder,
    encoding: 'utf8',
  });
  rmSync(folder, { recursive: true });
  found = stdout.replaceAll('\\', '/');
});

const faultsOf = (plant: Plant) =>
  found
    .split('\n')
    .filter((line) => line.includes('noRestrictedImports') && line.includes(`/${fileOf(plant)},`));

describe('lint', () => {
  test.each(refused)('refuses $form of $path in $from', (plant) => {
    expect(faultsOf(plant)).toHaveLength(1);
  });

  test.each(taken)('allows $form of $path in $from', (plant) => {
    expect(faultsOf(plant)).toEqual([]);
  });
});
