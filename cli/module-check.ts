// Whether the code that a `module` key names is there. Looks at files only: nothing is imported or
// built.

import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { moduleResolve } from 'import-meta-resolve';
import type { Problem } from '../config/formats.ts';

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

function findPathProblem(specifier: string, directory: string): Problem | undefined {
  const path = resolve(directory, specifier);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory()) {
    if (ENTRY_FILES.some((name) => existsSync(join(path, name)))) return undefined;
    const expected = `a folder with ${ENTRY_FILES.join(' or ')}`;
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

function findPackageProblem(specifier: string, directory: string): Problem | undefined {
  try {
    const parent = pathToFileURL(join(directory, 'servers.yaml'));
    const { protocol } = moduleResolve(specifier, parent, new Set(['node', 'import']));
    if (protocol === 'file:') return undefined;
    const fix = 'name a package or a file; this is a module of Node itself';
    return { expected: 'an installed package', fix };
  } catch (error) {
    const isFolder = existsSync(resolve(directory, specifier));
    const name = specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/');
    const isInstalled = (error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND';
    const reason = isInstalled ? 'its package does not export' : 'is not installed';
    return {
      expected: 'an installed package',
      got: `"${specifier}", which ${reason}`,
      fix: isFolder
        ? `write "./${specifier}"`
        : `npm install ${name}, or write a path that starts with ./`,
    };
  }
}
