// Whether the code that a `module` key names is there. Looks at files only: nothing is imported or
// built.

import { existsSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import type { Problem } from '../config/formats.ts';
import { entryOf } from '../config/module-path.ts';
import { findPackageModule } from '../config/package-module.ts';

const ENTRY_FILES = ['package.json', 'index.ts', 'index.js', 'index.mjs'];

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

/** The file that a folder refers to must exist, as for the host. */
function findFolderProblem(specifier: string, path: string): Problem | undefined {
  const expected = `a folder with ${ENTRY_FILES.join(' or ')}`;
  if (!ENTRY_FILES.some((name) => existsSync(join(path, name)))) {
    return { expected, got: `"${specifier}", which has none of them`, fix: 'name the file itself' };
  }
  try {
    const entry = entryOf(path);
    if (statSync(entry, { throwIfNoEntry: false })?.isFile()) return undefined;
    const name = relative(path, entry).split(sep).join('/');
    return {
      expected: 'a folder whose entry exists',
      got: `"${specifier}", whose "${name}" does not exist`,
      fix: 'correct "main" or "exports" in its package.json, or name the file itself',
    };
  } catch (error) {
    return {
      expected,
      got: `"${specifier}", whose ${(error as Error).message}`,
      fix: 'correct its package.json, or name the file itself',
    };
  }
}

function findPackageProblem(specifier: string, directory: string): Problem | undefined {
  const found = findPackageModule(specifier, directory);
  return 'problem' in found ? found.problem : undefined;
}

function findPathProblem(specifier: string, directory: string): Problem | undefined {
  const path = resolve(directory, specifier);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory()) return findFolderProblem(specifier, path);
  if (stats?.isFile()) {
    if (/(?<!\.d)\.[cm]?[jt]s$/.test(specifier)) return undefined;
    return { expected: 'a .ts, .js or .mjs file', fix: 'name the file that exports createServer' };
  }
  const source = specifier.replace(/\.([cm]?)js$/, '.$1ts');
  const isSourceThere = source !== specifier && existsSync(resolve(directory, source));
  const fix = isSourceThere
    ? `write "${source}"`
    : 'correct the path; it is relative to the folder of servers.yaml';
  return { expected: 'a file or folder', got: `"${specifier}", which does not exist`, fix };
}
