// Finds the file behind a `module` entry of servers.yaml: a TypeScript file (its compiled twin), a
// JavaScript file, a folder, or an npm package.

import { existsSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { bundleName, entryOf } from '../../../config/module-path.ts';
import { findPackageModule } from '../../../config/package-module.ts';
import { describeError } from '../../exchange/bounded-text.ts';
import { Unavailability } from '../../exchange/unavailability.ts';

/** Where `npm run build` puts compiled files (`outDir` of tsconfig.json). */
const BUILD_DIRECTORY = 'dist';

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
      `The file ${specifier} does not exist. Fix: check \`module\`.`,
    );
  }
  return realpathSync(file);
}

/** Resolves a bare specifier as Node would for an `import` in a file beside servers.yaml. */
export function resolvePackage(specifier: string, directory: string): string {
  const found = findPackageModule(specifier, directory);
  if ('file' in found) return found.file;
  const { expected, got = `"${specifier}"`, fix } = found.problem;
  const text = `The module cannot be found: expected ${expected}, got ${got}. Fix: ${fix}.`;
  throw new Unavailability('module-not-found', text, { cause: found.cause });
}

/**
 * The bundle, or what the compiler alone wrote where that is newer. Both lie in dist/ beside
 * servers.yaml, or where `npm run build` ran, which differs when MCP_SERVERS_FILE names a file of
 * another folder.
 */
function compiledTwin(file: string, directory: string): string {
  const twins = [...new Set([directory, process.cwd()])].flatMap((root) => twinsBelow(root, file));
  const newest = twins.reduce((best, other) => (other.changedMs > best.changedMs ? other : best));
  if (newest.changedMs > 0) return realpathSync(newest.twin);
  const source = relative(directory, file);
  if (existsSync(file)) {
    const fix =
      directory === process.cwd()
        ? 'npm run build'
        : 'npm run build, with MCP_SERVERS_FILE set as it is now';
    throw new Unavailability('not-built', `${source} is not compiled. Fix: ${fix}.`);
  }
  throw new Unavailability(
    'module-not-found',
    `The file ${source} does not exist. Fix: check \`module\`.`,
  );
}

function twinsBelow(root: string, file: string): { twin: string; changedMs: number }[] {
  const source = relative(root, file);
  // What lies outside of the folder is bundled only.
  const isOutside = source.startsWith('..') || isAbsolute(source);
  const compiled = isOutside ? [] : [source.replace(/ts$/, 'js')];
  return [bundleName(file, root), ...compiled].map((path) => {
    const twin = join(root, BUILD_DIRECTORY, path);
    return { twin, changedMs: statSync(twin, { throwIfNoEntry: false })?.mtimeMs ?? 0 };
  });
}
