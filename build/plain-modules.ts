// Modules that are loaded as they are: JavaScript files and packages of servers.yaml, with the files and packages that
// they import.

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
}

/** @param modules `module` keys of servers.yaml. @throws when a package is not installed. */
export async function plainModules(
  modules: readonly string[],
  directory: string,
): Promise<PlainModules> {
  const found = { paths: new Set<string>(), packages: new Set<string>() };
  for (const module of modules) {
    if (!/^\.{1,2}\//.test(module)) {
      found.packages.add(installedAt(module, directory, directory));
      continue;
    }
    const path = resolve(directory, module);
    const file = statSync(path).isDirectory() ? entryOf(path) : path;
    if (!isTypeScript(file)) await trace(file, path, directory, found);
  }
  return { paths: [...found.paths], packages: [...found.packages] };
}

async function trace(
  file: string,
  path: string,
  directory: string,
  found: { paths: Set<string>; packages: Set<string> },
): Promise<void> {
  const folder = path === file ? dirname(file) : path;
  // The whole folder, for data files; never the whole project.
  if (folder !== directory) found.paths.add(folder);
  const imports: { specifier: string; from: string }[] = [];
  await build({
    input: file,
    write: false,
    platform: 'node',
    logLevel: 'silent',
    plugins: [
      {
        name: 'trace',
        resolveId(specifier, importer) {
          if (!importer || /^(\.|\/|node:|[A-Za-z]:)/.test(specifier)) return null;
          if (isBuiltin(specifier)) return null;
          imports.push({ specifier, from: dirname(importer) });
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
  for (const { specifier, from } of imports) {
    found.packages.add(installedAt(specifier, from, directory));
  }
}

function installedAt(specifier: string, from: string, directory: string): string {
  const name = /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) {
      return relative(directory, candidate).split(sep).join('/');
    }
    if (folder === directory || folder === dirname(folder)) break;
  }
  throw new Error(
    `${relative(directory, from) || '.'} imports ${name}, which is not installed. Fix: npm install ${name}`,
  );
}
