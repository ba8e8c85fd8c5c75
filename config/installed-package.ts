// Where a package is installed, and what its package.json says.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface PackageContent {
  readonly version?: unknown;
  readonly exports?: unknown;
  readonly bin?: unknown;
}

/** The folder of a package, looked for from `directory` upwards as Node does. */
export function packageFolder(name: string, directory: string): string | undefined {
  const folder = join(directory, 'node_modules', name);
  if (existsSync(folder)) return folder;
  const parent = dirname(directory);
  return parent === directory ? undefined : packageFolder(name, parent);
}

/** @returns undefined when the file is damaged; a package without one has no keys. */
export function readPackage(folder: string): PackageContent | undefined {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return {};
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof content === 'object' && content !== null ? content : undefined;
  } catch {
    return undefined;
  }
}

/** The version of the project that a folder belongs to, as its nearest package.json says it. */
export function appVersionOf(directory: string): unknown {
  if (existsSync(join(directory, 'package.json'))) return readPackage(directory)?.version;
  const parent = dirname(directory);
  return parent === directory ? undefined : appVersionOf(parent);
}

/** The commands of a package with their files, as npm reads `bin`. */
export function commandsOf(name: string, { bin }: PackageContent): ReadonlyMap<string, string> {
  if (typeof bin === 'string') return new Map([[withoutScope(name), bin]]);
  if (typeof bin !== 'object' || bin === null) return new Map();
  const named = Object.entries(bin).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return new Map(named);
}

export function withoutScope(name: string): string {
  return name.slice(name.indexOf('/') + 1);
}
