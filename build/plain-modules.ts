// Modules that are loaded as they are: JavaScript files and packages of servers.yaml, with the
// files and packages that they import.

import { existsSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { build } from 'rolldown';
import { entryOf } from '../config/module-path.ts';
import { isTypeScript } from './servers.ts';

export interface PlainModules {
  /** Files and folders, absolute. */
  readonly paths: readonly string[];
  /** Where the packages are installed, relative to `directory`. */
  readonly packages: readonly string[];
  /** What is imported while the code runs and is not installed here: it may be optional. */
  readonly missing: readonly string[];
}

/** @param modules `module` keys of servers.yaml. @throws when a package is not installed. */
export async function plainModules(
  modules: readonly string[],
  directory: string,
): Promise<PlainModules> {
  const found = {
    paths: new Set<string>(),
    packages: new Set<string>(),
    missing: new Set<string>(),
  };
  for (const module of modules) {
    if (!/^\.{1,2}\//.test(module)) {
      found.packages.add(
        installedAt(module, directory, directory) ?? refuse('servers.yaml', module),
      );
      continue;
    }
    const path = resolve(directory, module);
    const file = statSync(path).isDirectory() ? entryOf(path) : path;
    if (!isTypeScript(file)) await trace(file, path, directory, found);
  }
  return {
    paths: [...found.paths],
    packages: [...found.packages],
    missing: [...found.missing],
  };
}

async function trace(
  file: string,
  path: string,
  directory: string,
  found: Record<keyof PlainModules, Set<string>>,
): Promise<void> {
  const folder = path === file ? dirname(file) : path;
  // The whole folder, for data files; never the whole project.
  if (folder !== directory) found.paths.add(folder);
  const imports: { specifier: string; from: string; isStatic: boolean }[] = [];
  await build({
    input: file,
    write: false,
    platform: 'node',
    logLevel: 'silent',
    plugins: [
      {
        name: 'trace',
        resolveId(specifier, importer, { kind }) {
          if (!importer || /^(\.|\/|#|node:|[A-Za-z]:)/.test(specifier)) return null;
          if (isBuiltin(specifier)) return null;
          const isStatic = kind === 'import-statement';
          imports.push({ specifier, from: dirname(importer), isStatic });
          return { id: specifier, external: true };
        },
        load(id) {
          if (!id.includes('\0')) found.paths.add(id);
          return null;
        },
      },
    ],
  });
  // After the build, which would wrap the error.
  for (const { specifier, from, isStatic } of imports) {
    const place = installedAt(specifier, from, directory);
    if (place) found.packages.add(place);
    else if (isStatic) refuse(relative(directory, from), specifier);
    else found.missing.add(`${relative(directory, from)} imports ${nameOf(specifier)}`);
  }
}

function nameOf(specifier: string): string {
  return /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
}

function refuse(importer: string, specifier: string): never {
  const name = nameOf(specifier);
  throw new Error(`${importer} imports ${name}, which is not installed. Fix: npm install ${name}`);
}

function installedAt(specifier: string, from: string, directory: string): string | undefined {
  const name = nameOf(specifier);
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) {
      return relative(directory, candidate).split(sep).join('/');
    }
    if (folder === directory || folder === dirname(folder)) break;
  }
  return undefined;
}
