// Resolves a `module` key that names a package to its file, or explains what the package is.
// `check` and the host share this code.

import { existsSync, readdirSync } from 'node:fs';
import { join, posix, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { moduleResolve } from 'import-meta-resolve';
import type { Problem } from './formats.ts';
import {
  commandsOf,
  type PackageContent,
  packageFolder,
  readPackage,
  withoutScope,
} from './installed-package.ts';
import { nearestWord } from './spelling.ts';

const CONDITIONS = new Set(['node', 'import']);
const SCRIPT = /\.[cm]?js$/;
const NO_CODE = /\.(json|node|wasm|css|md|txt|d\.[cm]?ts)$/;
/** Folders whose files no one imports. */
const LEFT_OUT = /^(\..*|node_modules|tests?|__tests__|examples?|docs?|scripts)$/;
const MAX_DEPTH = 3;
const MAX_FILES = 2_000;
/** A message names no more of them. */
const MAX_NAMED = 8;

interface Package {
  readonly name: string;
  readonly folder: string;
  readonly content: PackageContent;
}

/**
 * Resolves a bare specifier as Node does for an `import` in a file of `directory`.
 * @returns the absolute path of the file, or why there is none.
 */
export function findPackageModule(
  specifier: string,
  directory: string,
): { readonly file: string } | { readonly problem: Problem; readonly cause?: unknown } {
  try {
    const { protocol, href } = locate(specifier, directory);
    if (protocol !== 'file:') {
      const fix = 'name a package or a file; this is a built-in module of Node';
      return { problem: { expected: 'an installed package', fix } };
    }
    if (NO_CODE.test(href)) return { problem: explain(specifier, directory) };
    return { file: fileURLToPath(href) };
  } catch (cause) {
    return { problem: explain(specifier, directory), cause };
  }
}

/** Modules of an installed package that can be imported: the package itself first. */
export function modulesOf(name: string, directory: string): string[] {
  const folder = packageFolder(name, directory);
  const content = folder === undefined ? undefined : readPackage(folder);
  if (folder === undefined || content === undefined) return [];
  const names = [name, ...candidates({ name, folder, content })];
  return [...new Set(names)].filter((each) => isImportable(each, directory));
}

function locate(specifier: string, directory: string): URL {
  return moduleResolve(specifier, pathToFileURL(join(directory, 'servers.yaml')), CONDITIONS);
}

function explain(specifier: string, directory: string): Problem {
  const name = /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
  const folder = packageFolder(name, directory);
  if (folder === undefined) {
    const isPath = existsSync(resolve(directory, specifier));
    return {
      expected: 'an installed package',
      got: `"${specifier}", which is not installed`,
      fix: isPath
        ? `write "./${specifier}"`
        : `npm install ${name}, or write a path that starts with ./`,
    };
  }
  const content = readPackage(folder);
  if (content === undefined) {
    return {
      expected: 'an installed package',
      got: `"${specifier}", whose package.json cannot be read`,
      fix: `install it again: npm install ${name}`,
    };
  }
  return describe(specifier, { name, folder, content }, directory);
}

function describe(specifier: string, found: Package, directory: string): Problem {
  const { name, content } = found;
  const commands = [...commandsOf(name, content).keys()];
  const isWhole = specifier === name;
  const importable = candidates(found).filter((each) => isImportable(each, directory));
  const nearest = nearestWord(specifier, importable);
  const ordered = [
    ...new Set([...(nearest ? [nearest] : []), ...importable, ...patternsOf(found)]),
  ];
  const hasExports = content.exports !== undefined && content.exports !== null;
  const kind = isWhole && commands.length > 0 ? `is a command (${listed(commands)})` : undefined;
  const lack = hasExports
    ? `exports ${ordered.length > 0 ? `only ${listed(ordered)}` : 'nothing that you can import'}`
    : isWhole
      ? 'has no main file'
      : 'has no such module';
  return {
    expected: 'a package that you can import',
    got: `"${specifier}", which is installed, but ${kind ? `${kind} and ` : ''}${lack}`,
    fix: fixFor(specifier, name, ordered, commands),
  };
}

function fixFor(
  specifier: string,
  name: string,
  importable: readonly string[],
  commands: readonly string[],
): string {
  const [first, second] = importable;
  const entry = commands.length > 0 ? entryFor(name, commands) : undefined;
  if (first === undefined) {
    return entry ? `write ${entry}` : 'name a package or a file that exports a server';
  }
  // Most published servers are commands; what they can be imported for is something else.
  if (entry && specifier === name) {
    return `write ${entry}; or name a module that exports a server, for example "${first}"`;
  }
  return second === undefined
    ? `write "${first}", if it exports a server`
    : `name the module that exports a server, for example "${first}"`;
}

/** The entry of a package that is a command. */
function entryFor(name: string, commands: readonly string[]): string {
  const isOwn = commands.length === 1 || commands.includes(withoutScope(name));
  const args = isOwn ? [name] : ['--package', name, commands[0]];
  return `command: npx, args: ${JSON.stringify(['-y', ...args])} instead of "module"`;
}

function listed(names: readonly string[]): string {
  const named = names.slice(0, MAX_NAMED).map((each) => `"${each}"`);
  const more = names.length - named.length;
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ');
}

/** Specifiers of the package that may be importable: what it exports, else its files. */
function candidates(found: Package): string[] {
  const { name, content } = found;
  if (content.exports !== undefined && content.exports !== null) {
    return subpaths(content.exports)
      .filter((path) => !path.includes('*'))
      .map((path) => posix.join(name, path));
  }
  const targets = [...commandsOf(name, content).values()];
  const commandFiles = new Set(targets.map((path) => posix.normalize(path)));
  return scripts(found.folder)
    .filter((path) => !commandFiles.has(path))
    .sort((one, other) => rank(one) - rank(other))
    .map((path) => `${name}/${path}`);
}

function patternsOf({ name, content }: Package): string[] {
  return subpaths(content.exports)
    .filter((path) => path.includes('*'))
    .map((path) => posix.join(name, path));
}

function subpaths(exports: unknown): string[] {
  if (typeof exports !== 'object' || exports === null || Array.isArray(exports)) return ['.'];
  const entries = Object.entries(exports);
  const paths = entries.filter(([key, target]) => key.startsWith('.') && target !== null);
  return paths.length > 0 ? paths.map(([key]) => key) : ['.'];
}

/** Files of servers and entries first, then what lies less deep. */
function rank(path: string): number {
  const depth = path.split('/').length;
  return /(^|\/)(index|server|main|lib)\.[cm]?js$/.test(path) ? depth : depth + MAX_DEPTH + 1;
}

function scripts(root: string): string[] {
  const found: string[] = [];
  let folders = [root];
  for (let depth = 0; depth < MAX_DEPTH && found.length < MAX_FILES; depth += 1) {
    const below: string[] = [];
    for (const folder of folders) {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        if (entry.isDirectory() && !LEFT_OUT.test(entry.name)) below.push(path);
        if (entry.isFile() && SCRIPT.test(entry.name)) {
          found.push(relative(root, path).split(sep).join('/'));
        }
      }
    }
    folders = below;
  }
  return found.slice(0, MAX_FILES);
}

function isImportable(specifier: string, directory: string): boolean {
  try {
    return SCRIPT.test(locate(specifier, directory).pathname);
  } catch {
    return false;
  }
}
