// Finds the file behind a `module` entry of servers.yaml: a TypeScript file (its compiled twin), a JavaScript
// file, a folder, or an npm package.

import { existsSync, realpathSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { moduleResolve } from 'import-meta-resolve';
import { bundleName, entryOf } from '../../../config/module-path.ts';
import { describeError } from '../../exchange/bounded-text.ts';
import { Unavailability } from '../../exchange/unavailability.ts';

/** Where `npm run build` puts compiled files, relative to servers.yaml (`outDir` of tsconfig.json). */
const BUILD_DIRECTORY = 'dist';
const CONDITIONS = new Set(['node', 'import']);

/**
 * @param specifier `module` as written in servers.yaml.
 * @param directory folder of servers.yaml.
 * @returns absolute path of the JavaScript file to import.
 * @throws Unavailability `module-not-found` or `not-built`.
 */
export function findModuleFile(specifier: string, directory: string): string {
  if (!/^\.{1,2}\//.test(specifier)) return resolvePackage(specifier, directory);
  try {
    return findPath(specifier, directory);
  } catch (error) {
    if (error instanceof Unavailability) throw error;
    throw new Unavailability(
      'module-not-found',
      `${specifier} cannot be read: ${describeError(error)}. Fix: check \`module\`.`,
      { cause: error },
    );
  }
}

function findPath(specifier: string, directory: string): string {
  const path = resolve(directory, specifier);
  const file = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? entryOf(path) : path;
  if (/\.[cm]?ts$/.test(file)) return compiledTwin(file, directory);
  if (!existsSync(file)) {
    throw new Unavailability(
      'module-not-found',
      `There is no file ${specifier}. Fix: check \`module\`.`,
    );
  }
  return realpathSync(file);
}

/** Resolves a bare specifier as Node would for an `import` in a file beside servers.yaml. */
export function resolvePackage(specifier: string, directory: string): string {
  try {
    const parent = pathToFileURL(join(directory, 'servers.yaml'));
    return fileURLToPath(moduleResolve(specifier, parent, CONDITIONS));
  } catch (error) {
    const cause = describeError(error);
    const text = `The package ${specifier} cannot be found: ${cause}. Fix: ${packageFix(specifier, cause)}.`;
    throw new Unavailability('module-not-found', text, { cause: error });
  }
}

/** A package without `main` and `exports` cannot be imported by its name alone. */
function packageFix(specifier: string, cause: string): string {
  const name = /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0];
  // For one that is installed Node names its folder instead.
  const isInstalled = !cause.startsWith(`Cannot find package '${name}' `);
  return isInstalled
    ? `name a file of the package that can be imported, such as \`module: "${name}/dist/index.js"\``
    : 'npm install it, or write a path that starts with "./"';
}

/** The bundle, or what the compiler alone wrote where that is newer. */
function compiledTwin(file: string, directory: string): string {
  const source = relative(directory, file);
  // What lies outside of the folder is bundled only.
  const compiled = source.startsWith('..') ? [] : [source.replace(/ts$/, 'js')];
  const twins = [bundleName(file, directory), ...compiled].map((path) => {
    const twin = join(directory, BUILD_DIRECTORY, path);
    return { twin, changedMs: statSync(twin, { throwIfNoEntry: false })?.mtimeMs ?? 0 };
  });
  const newest = twins.reduce((best, other) => (other.changedMs > best.changedMs ? other : best));
  if (newest.changedMs > 0) return realpathSync(newest.twin);
  if (existsSync(file)) {
    throw new Unavailability('not-built', `${source} is not compiled. Fix: npm run build.`);
  }
  throw new Unavailability(
    'module-not-found',
    `There is no file ${source}. Fix: check \`module\`.`,
  );
}
