// Which packages stay outside of the bundles of servers: native addons, packages that read files of
// their own, and what the server's package.json lists as external.

import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import type { Plugin } from 'rolldown';
import { z } from 'zod';
import { markOf } from './beside.ts';
import { packageFileOf } from './servers.ts';

/** The key of a server's package.json: `"functionsMcpHost": { "external": ["package"] }`. */
const KEY = 'functionsMcpHost';
/** What a package does that looks for files beside its own code. */
const OWN_FILES = /\b__(dirname|filename)\b|\bimport\.meta\.(url|dirname|filename)\b/;
const SDK = /^@modelcontextprotocol\//;

export interface OutsidePackage {
  readonly name: string;
  readonly folder: string;
}

/**
 * Grows while a build runs: a package whose code turns out to read files of its own is outside of
 * the next one.
 */
export class Outside {
  /** By folder. */
  readonly packages = new Map<string, OutsidePackage>();
  readonly #natives = new Map<string, boolean>();
  /** Whose node_modules are found from the bundles. */
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** Whether an import of the server's code is left as it is. */
  holds(specifier: string, importer: string, resolved: string): boolean {
    const found = packageAt(resolved);
    // A package that the host bundles for itself is in it whole.
    if (!found || found.folder === packageAt(importer)?.folder) return false;
    if (!this.packages.has(found.folder)) {
      const isOutside = listedAt(importer).includes(found.name) || this.#isNative(found.folder);
      if (!isOutside) return specifier.endsWith('.node');
      this.packages.set(found.folder, found);
    }
    return true;
  }

  /**
   * Adds what the package.json of a source lists as external, imported or not: code may find a
   * package at run time.
   * @throws Error naming the package that is not installed
   */
  addListed(file: string): void {
    for (const name of listedAt(file)) {
      const folder = installedAt(name, dirname(file));
      if (!folder) {
        throw new Error(
          `${packageFileOf(file)}: "${KEY}" lists ${name} as external, which is not installed. Fix: npm install ${name}`,
        );
      }
      this.packages.set(folder, { name, folder });
    }
  }

  /** Looks at the code of a package that is being bundled. */
  look(file: string, code: string): void {
    const found = packageAt(file);
    if (found && !SDK.test(found.name) && OWN_FILES.test(code)) {
      this.packages.set(found.folder, found);
    }
  }

  #isNative(folder: string): boolean {
    const known = this.#natives.get(folder);
    if (known !== undefined) return known;
    const isNative = hasAddon(folder) || optionalFolders(folder).some(hasAddon);
    this.#natives.set(folder, isNative);
    return isNative;
  }
}

/** Not for imports of the host's own code, whose packages are known to be bundled well. */
export function outsidePlugin(outside: Outside, isHostCode: (file: string) => boolean): Plugin {
  return {
    name: 'outside',
    async resolveId(specifier, importer, options) {
      if (!importer || importer.startsWith('\0') || isHostCode(importer)) return null;
      const resolved = await this.resolve(specifier, importer, { ...options, skipSelf: true });
      if (!resolved || resolved.external || !outside.holds(specifier, importer, resolved.id)) {
        return resolved;
      }
      const root = join(outside.root, 'node_modules', packageAt(resolved.id)?.name ?? '') + sep;
      // From the bundle, its name finds the root's copy; one of the server's own is named by its
      // file.
      return resolved.id.startsWith(root)
        ? { id: specifier, external: true }
        : { id: markOf(outside.root, resolved.id), external: true };
    },
  };
}

/** The package that a file of node_modules belongs to. */
export function packageAt(file: string): OutsidePackage | undefined {
  const match = /^(.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+))[\\/]/.exec(file);
  if (!match) return undefined;
  return { folder: match[1] as string, name: (match[2] as string).replaceAll('\\', '/') };
}

const listing = z.looseObject({
  [KEY]: z.looseObject({ external: z.array(z.string()).default([]) }).optional(),
});

function listedAt(file: string): readonly string[] {
  const found = packageFileOf(file);
  if (!found) return [];
  const parsed = listing.safeParse(JSON.parse(readFileSync(found, 'utf8')));
  if (parsed.success) return parsed.data[KEY]?.external ?? [];
  throw new Error(
    `${found}: expected "${KEY}": { "external": ["package"] }. Fix: write a list of package names`,
  );
}

function installedAt(name: string, from: string): string | undefined {
  const folder = join(from, 'node_modules', name);
  if (existsSync(join(folder, 'package.json'))) return realpathSync(folder);
  return from === dirname(from) ? undefined : installedAt(name, dirname(from));
}

function optionalFolders(folder: string): string[] {
  const { optionalDependencies = {} } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  const packages = folder.slice(0, folder.lastIndexOf(`node_modules${sep}`));
  return Object.keys(optionalDependencies).map((name) => join(packages, 'node_modules', name));
}

function hasAddon(folder: string): boolean {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true }).some(
      ({ name, parentPath }) =>
        (name.endsWith('.node') && !parentPath.slice(folder.length).includes('node_modules')) ||
        (name === 'binding.gyp' && parentPath === folder),
    );
  } catch {
    return false; // An optional dependency for another system.
  }
}

/** Version of the package at a folder. */
export function versionOf(folder: string): string {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version ?? '';
}
