// Whether the code that a `module` key names is there. Looks at files only: nothing is imported or
// built.

import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Problem } from '../config/formats.ts';
import { findPackageModule } from '../config/package-module.ts';

const entryFiles = ['package.json', 'index.ts', 'index.js', 'index.mjs'];

/**
 * @param specifier `module` as written in servers.yaml
 * @param directory folder of servers.yaml
 * @returns undefined when a server can be expected there
 */
export function findModuleProblem(specifier: string, directory: string): Problem | undefined {
  return /^\.{1,2}\//.test(specifier)
    ? findPathProblem(specifier, directory)
    : findPackageProblem(specifier, directory);
}

function findPackageProblem(specifier: string, directory: string): Problem | undefined {
  const found = findPackageModule(specifier, directory);
  return 'problem' in found ? found.problem : undefined;
}

function findPathProblem(specifier: string, directory: string): Problem | undefined {
  const path = resolve(directory, specifier);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory()) {
    if (entryFiles.some((name) => existsSync(join(path, name)))) return undefined;
    const expected = `a folder with ${entryFiles.join(' or ')}`;
    return { expected, got: `"${specifier}", which has none`, fix: 'name the file itself' };
  }
  if (stats?.isFile()) {
    if (/\.([cm]?js|[cm]?ts)$/.test(specifier)) return undefined;
    return { expected: 'a .ts, .js or .mjs file', fix: 'name the file that exports createServer' };
  }
  const source = specifier.replace(/\.([cm]?)js$/, '.$1ts');
  const isSourceThere = source !== specifier && existsSync(resolve(directory, source));
  const fix = isSourceThere ? `write "${source}"` : 'correct the path; it starts at servers.yaml';
  return { expected: 'a file or folder', got: `"${specifier}", which does not exist`, fix };
}
